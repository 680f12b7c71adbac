/** What a plan says of files that lie where those of an action go, and what a write makes of files that came since. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { sha256 } from '../../../../src/core/canonical'
import type { Change } from '../../../../src/core/model'
import { filesBelow } from '../../../../src/engine/instance'
import { actions, type ActionItem } from '../../../../src/kinds/actions'
import type { Settings, Weighing, Writing } from '../../../../src/kinds/kind'
import { SETTINGS } from '../../../support/packs'
import { testSystem } from '../../../support/system'

let root: string
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-actions-'))
  fs.mkdirSync(path.join(filesBelow(root).packs, 'default/actions'), { recursive: true })
  fs.writeFileSync(path.join(root, 'ours'), 'echo ours\n')
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))
const place = (): string => path.join(filesBelow(root).packs, 'default/actions/greet.sh')

const ITEM = { identity: 'default.greet', ref: 'default.greet', pack: 'default', name: 'greet', made: true, runner_type: 'local-shell-script', entry_point: 'greet.sh', files: [{ path: 'greet.sh', sha256: sha256('echo ours\n'), member: 'm' }] } as unknown as ActionItem
const weighing = (onConflict: Settings['onConflict']): Weighing =>
  ({
    system: testSystem(),
    settings: { ...SETTINGS, onConflict },
    archive: { manifest: { kinds: {} }, member: () => path.join(root, 'ours') },
    target: { files: filesBelow(root), api: { find: async () => ({}), list: async function* () {}, post: async () => ({}) } },
    phase: 'plan',
  }) as unknown as Weighing
const weigh = (onConflict: Settings['onConflict']) => actions.weigh!(ITEM, undefined, [], weighing(onConflict))

test('other files in the place of its own are a conflict, although the action is not there; the same ones are none', async () => {
  expect(await weigh('fail')).toBeUndefined()
  fs.writeFileSync(place(), 'echo ours\n')
  expect(await weigh('fail')).toBeUndefined()
  fs.writeFileSync(place(), 'echo theirs\n')
  const note = expect.stringContaining('other files lie in the pack there in the place of its own: actions/greet.sh')
  expect(await weigh('fail')).toEqual({ action: 'conflict', note })
  expect(await weigh('skip')).toEqual({ action: 'skip', note })
  expect(await weigh('overwrite')).toEqual({ note, details: { replaces: { 'greet.sh': sha256('echo theirs\n') } } })
})

test('a file that came or changed since the plan is not replaced', async () => {
  const writing = { ...weighing('overwrite'), keepDir: path.join(root, 'kept'), workDir: root } as unknown as Writing
  const change = (replaces?: Record<string, string>): Change => ({ kind: 'actions', identity: ITEM.identity, action: 'create', ...(replaces && { details: { replaces } }) })
  fs.writeFileSync(place(), 'echo theirs\n')
  expect(await actions.write(change(), ITEM, undefined, writing)).toMatchObject({ outcome: 'failed', note: expect.stringContaining('actions/greet.sh') })
  expect(await actions.write(change({ 'greet.sh': sha256('older') }), ITEM, undefined, writing)).toMatchObject({ outcome: 'failed' })
  expect(fs.existsSync(path.join(root, 'kept'))).toBe(false)
  expect(await actions.write(change({ 'greet.sh': sha256('echo theirs\n') }), ITEM, undefined, writing)).toMatchObject({ outcome: 'carried' })
})
