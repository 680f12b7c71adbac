/** What an export finds out about packs beside the packs: from their files on the disk, and through the API alone. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { filesBelow } from '../../../../src/engine/instance'
import type { Instance, Reading } from '../../../../src/kinds/kind'
import { tellFindings } from '../../../../src/kinds/packs/findings'
import type { PackRow } from '../../../../src/kinds/packs/rows'
import type { StackStorm } from '../../../../src/st2/port'
import { packYaml, writeFiles } from '../../../support/git-repository'
import { contentOf, SETTINGS } from '../../../support/packs'
import { testSystem } from '../../../support/system'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-findings-'))
  fs.mkdirSync(filesBelow(dir).packs, { recursive: true })
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))
const at = (pack: string): string => path.join(filesBelow(dir).packs, pack)
const pack = (ref: string, files: Record<string, string>): void => writeFiles(at(ref), { 'pack.yaml': packYaml(ref), ...files })

async function findings(refs: string[], registered: Record<string, object[]>, withFiles = true): Promise<string[]> {
  const rows: PackRow[] = refs.map((ref) => ({ ref, name: ref, path: `/opt/stackstorm/packs/${ref}`, files: [...contentOf(at(ref)).keys()] }))
  const api = {
    list: async function* (where: string) {
      yield* where === '/v1/packs' ? rows : (registered[where] ?? [])
    },
    getBytes: async (where: string) => {
      const [, ref, file] = /^\/v1\/packs\/views\/file\/([^/]+)\/(.*)$/.exec(where) as unknown as [string, string, string]
      return fs.existsSync(path.join(at(ref), file)) ? fs.readFileSync(path.join(at(ref), file)) : undefined
    },
  } as unknown as StackStorm
  const instance: Instance = { side: 'source', api, url: 'u', id: 'a', version: '3.8.1', user: 'st2admin', isAdmin: true, rbac: false, ...(withFiles ? { files: filesBelow(dir) } : {}) }
  const notes: string[] = []
  const reading: Reading = { system: testSystem(), instance, settings: SETTINGS, remark: () => undefined, note: (text) => notes.push(text), workDir: dir }
  await tellFindings(reading, rows)
  return notes
}
const NAMED = (name: string): string => `---\nname: ${name}\n`

test.each([true, false])('names that collapse across packs and within one (files on the disk: %s)', async (withFiles) => {
  pack('one', { 'policies/limit.yaml': NAMED('limit'), 'aliases/say.yaml': NAMED('say'), 'rules/a.yaml': NAMED('tick'), 'rules/b.yml': NAMED('tick'), 'actions/broken.yaml': 'a: [', 'actions/workflows/x.yaml': NAMED('tick') })
  pack('two', { 'policies/other.yaml': NAMED('limit'), 'rules/a.yaml': NAMED('tick'), 'actions/tick.yaml': NAMED('tick') })
  const notes = await findings(['one', 'two'], { '/v1/policies': [{ ref: 'two.limit', name: 'limit', pack: 'two' }] }, withFiles)
  expect(notes).toEqual([
    'packs one, two each bring a policy called limit: StackStorm registers policies by their bare name, so that one takes the place of the other; the old instance has two.limit, and so will the new one',
    'pack one: rules tick is in rules/a.yaml and rules/b.yml: only one of them is registered',
  ])
})

test('what is registered from a file that is gone is told; what StackStorm ships is not looked at', async () => {
  pack('one', { 'sensors/there.yaml': '---\nclass_name: There\n' })
  const notes = await findings(['one'], {
    '/v1/sensortypes': [{ ref: 'one.There', pack: 'one', metadata_file: 'sensors/there.yaml' }, { ref: 'one.Gone', pack: 'one', metadata_file: 'sensors/gone.yaml' }],
    '/v1/actions': [{ ref: 'one.made', pack: 'one', metadata_file: '' }, { ref: 'core.local', pack: 'core', metadata_file: 'actions/local.yaml' }, { ref: 'one.old', pack: 'one', metadata_file: 'actions/old.yaml' }],
  })
  expect(notes).toEqual([
    'action one.old was registered from actions/old.yaml, which is no longer in pack one: it does not come with the pack any more',
    'sensor one.Gone was registered from sensors/gone.yaml, which is no longer in pack one: it is not carried: StackStorm makes no sensor without its file',
  ])
})

test('directories that are called otherwise than their pack, and two of one name', async () => {
  pack('one', {})
  writeFiles(at('one_copy'), { 'pack.yaml': packYaml('one') })
  writeFiles(at('broken'), { 'pack.yaml': 'a: [' })
  expect(await findings(['one'], {})).toEqual([
    'the directory one_copy holds a pack that calls itself one: what is registered from it goes by one_copy, an install would call it one',
    'the directories one, one_copy all call themselves pack one: StackStorm keeps one record for them',
  ])
})
