/** All measures in one run, one after the other; prints the table and writes it to results.md. Started by run.mjs. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { version } from '../package.json'
import { expert } from './measures/expert'
import { exports } from './measures/exports'
import { memory } from './measures/memory'
import { writes } from './measures/writes'
import { installSt2, ST2CLIENT, type St2 } from './st2-cli'
import { markdown, type Row } from './table'
import { stopAll, type Bench } from './tools'

const MEASURES: Record<string, { title: string; measure: (bench: Bench, st2: St2) => Promise<Row[]> }> = {
  writes: { title: 'Writing keys, and writing nothing', measure: writes },
  export: { title: 'Reading keys', measure: exports },
  expert: { title: 'The whole migration of the sample estate', measure: expert },
  memory: { title: 'Memory and plain speed', measure: memory },
}

async function main([dir, here, ...args]: string[]): Promise<number> {
  const bench: Bench = { dir: dir as string, quick: args.includes('--quick'), say: (line) => console.log(line) }
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length).split(',')
  const st2 = await installSt2(bench)
  const sections: { title: string; rows: Row[] }[] = []
  for (const [name, { title, measure }] of Object.entries(MEASURES)) {
    if (only && !only.includes(name)) continue
    bench.say(`${title} ...`)
    const rows = await measure(bench, st2)
    sections.push({ title, rows })
    bench.say(`${markdown(rows)}\n`)
  }
  if (!only && !bench.quick) fs.writeFileSync(path.join(here as string, 'results.md'), results(sections, st2))
  return sections.some(({ rows }) => rows.some((row) => row.met === false)) ? 1 : 0
}

function results(sections: { title: string; rows: Row[] }[], st2: St2): string {
  const load = os.loadavg()[1] as number
  return `# Benchmark results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: st2upgrade ${version}, Node ${process.version}, ${st2.version} (st2client ${ST2CLIENT}),
${os.platform()} with ${os.cpus().length} cores, load average ${load.toFixed(1)}. Against sandboxes in processes of their own, with the limits of a quiet
live 3.9.0 (18 ms a write, about 100 writes a second from 4 at once on, 10 s a pack install), except for memory and plain speed.
Ratios travel between machines, seconds do not.

${sections.map(({ title, rows }) => `## ${title}\n\n${markdown(rows)}\n`).join('\n')}`
}

main(process.argv.slice(2))
  .finally(stopAll)
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
