/** A sandbox in a process of its own, with the limits that the benchmarks need: `node sandbox.js sandbox '<options as JSON>'`. */
import { runSandbox } from '../../src/sandbox/run'
import type { SandboxOptions } from '../../src/sandbox/start'

const stopRequested = new Promise<void>((resolve) => {
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(event, () => resolve())
})
runSandbox(JSON.parse(process.argv[3] as string) as SandboxOptions, { print: (line) => console.log(line), stopRequested }).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
