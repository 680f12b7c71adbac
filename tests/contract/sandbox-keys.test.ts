/** The sandbox answers as live StackStorms of three versions did: keys, tokens, API keys, with RBAC off and on. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../src/sandbox/start'
import { readRecording, replay } from '../support/recordings'

async function withSandbox(options: Partial<SandboxOptions>, use: (server: RunningSandbox) => Promise<void>): Promise<void> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-keys-'))
  const server = await startSandbox({ root, ...options })
  try {
    await use(server)
  } finally {
    await server.stop()
    fs.rmSync(root, { recursive: true, force: true })
  }
}

const SCENARIOS = ['keys-crud', 'keys-ttl', 'keys-secrets', 'keys-broken-ciphertext', 'keys-scopes-and-users', 'keys-errors-auth', 'keys-bad-input', 'keys-paging', 'tokens', 'apikeys']
const recorded = (version: string, scenario: string): boolean => fs.existsSync(path.join(__dirname, '../fixtures/recordings', version, `${scenario}.jsonl`))

describe.each(['3.9.0', '3.8.1', '3.4.1'] as const)('sandbox of %s', (version) => {
  it.each(SCENARIOS.filter((scenario) => recorded(version, scenario)))('%s', async (scenario) => {
    await withSandbox({ version }, async (server) => {
      const exchanges = readRecording(version, scenario)
      expect(exchanges.length).toBeGreaterThan(0)
      expect(await replay(exchanges, server)).toEqual([])
    })
  })
})

it('with RBAC a user without roles sees and may what a live 3.9.0 showed', async () => {
  await withSandbox({ version: '3.9.0', rbac: true }, async (server) => {
    expect(await replay(readRecording('3.9.0', 'rbac-on-non-admin'), server)).toEqual([])
  })
})
