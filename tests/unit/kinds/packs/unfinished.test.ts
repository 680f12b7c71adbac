import type { Change } from '../../../../src/core/model'
import type { Writing } from '../../../../src/kinds/kind'
import { awaitUnfinished } from '../../../../src/kinds/packs/unfinished'
import { testSystem } from '../../../support/system'

const change = (identity: string, url?: string): Change => ({ kind: 'packs', identity, action: 'create', details: { url } })

/** The executions that were waited for, of those that run. */
async function waited(running: Record<string, string>, writes: Change[]): Promise<string[]> {
  const ids: string[] = []
  const api = {
    list: async function* (_path: string, { query }: { query: { status: string; action: string } }) {
      if (query.status === 'running' && query.action === 'packs.install') for (const [id, text] of Object.entries(running)) yield { id, parameters: { packs: [text] } }
    },
    waitFor: async (id: string) => void ids.push(id),
  }
  await awaitUnfinished({ system: testSystem(), target: { api } } as unknown as Writing, writes)
  return ids
}

test('an install of a killed apply is waited for, also from an origin that is not called as its pack', async () => {
  const writes = [change('aws', 'https://git.example.org/stackstorm-aws.git'), change('net')]
  const running = {
    origin: 'https://git.example.org/stackstorm-aws.git=0123456789',
    served: 'http://192.0.2.1:8000/token/net.git=0123456789',
    other: 'https://git.example.org/internet.git=0123456789',
  }
  expect(await waited(running, writes)).toEqual(['origin', 'served'])
})

test('an uninstall of a killed undo is waited for too', async () => {
  const ids: string[] = []
  const api = {
    list: async function* (_path: string, { query }: { query: { status: string; action: string } }) {
      if (query.status === 'running' && query.action === 'packs.uninstall') for (const pack of ['net', 'other']) yield { id: pack, parameters: { packs: [pack] } }
    },
    waitFor: async (id: string) => void ids.push(id),
  }
  await awaitUnfinished({ system: testSystem(), target: { api } } as unknown as Writing, [change('net')])
  expect(ids).toEqual(['net'])
})
