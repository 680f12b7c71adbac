/** What policies, aliases and actions share: what counts of a record, when two are the same, what is sent. */
import * as fc from 'fast-check'
import { compareContent } from '../../../../src/kinds/content/compare'
import { bodyOf, contentFingerprint, toItem, type ContentItem, type Row } from '../../../../src/kinds/content/item'

const ROW: Row = { id: '6b030a0f9c7dab3bcd008af6', uid: 'action_alias:demo:say', ref: 'demo.say', pack: 'demo', name: 'say', action_ref: 'demo.echo', formats: ['say {{x}}'], immutable_parameters: { token: 's3cret' }, newer: { member: 1 } }
const item = (more: Partial<Row> = {}, made = true): ContentItem => toItem({ ...ROW, ...more }, made)
const paths = (a: ContentItem, b: ContentItem, activity: 'quiet' | 'active' = 'active', quietly = true): string[] => compareContent(a, b, { activity }, quietly).map(({ path }) => path)

test('an item is the record without what is of one database; absent enabled is true; unknown members survive', () => {
  expect(item()).toEqual({ identity: 'demo.say', pack: 'demo', name: 'say', enabled: true, metadata_file: '', made: true, action_ref: 'demo.echo', formats: ['say {{x}}'], immutable_parameters: { token: 's3cret' }, newer: { member: 1 } })
  expect(toItem({ id: '1', pack: 'demo', name: 'say' }, true).identity).toBe('demo.say')
})

test('never an id, ref or uid is sent, nor what this tool adds', () => {
  const sent = bodyOf({ ...item(), edited: ['x'], shares_name_with: ['y'], files: [] })
  expect(Object.keys(sent).sort()).toEqual(['action_ref', 'enabled', 'formats', 'immutable_parameters', 'name', 'newer', 'pack'])
  expect(bodyOf(item({ metadata_file: 'aliases/say.yaml' }, false)).metadata_file).toBe('aliases/say.yaml')
})

test('ids never count; a value never shows', () => {
  expect(compareContent(item(), item({ id: 'other', uid: 'x' }), { activity: 'active' }, true)).toEqual([])
  const differences = compareContent(item(), item({ immutable_parameters: { token: 'other' }, action_ref: 'a.b' }), { activity: 'active' }, true)
  expect(differences).toEqual([{ path: 'action_ref', source: 'demo.echo', target: 'a.b' }, { path: 'immutable_parameters.token' }])
  expect(JSON.stringify(differences)).not.toContain('s3cret')
})

test('while the target is quiet, what lands switched off may be off there; it may never be on when it is off on the source', () => {
  expect(paths(item(), item({ enabled: false }), 'quiet')).toEqual([])
  expect(paths(item(), item({ enabled: false }), 'active')).toEqual(['enabled'])
  expect(paths(item(), item({ enabled: false }), 'quiet', false)).toEqual(['enabled'])
  expect(paths(item({ enabled: false }), item(), 'quiet')).toEqual(['enabled'])
})

test('what a pack ships on both sides is the pack\'s matter, unless it was edited; its state never counts', () => {
  const file = 'aliases/say.yaml'
  const shipped = item({ metadata_file: file }, false)
  const other = item({ metadata_file: file, formats: ['x'], enabled: false }, false)
  expect(paths(shipped, other)).toEqual([])
  expect(paths({ ...shipped, edited: ['formats'] }, other)).toEqual(['formats.0'])
  expect(paths(shipped, item({ formats: ['x'] }))).toEqual(['formats.0'])
})

const rows = fc.record({ enabled: fc.boolean(), description: fc.option(fc.string(), { nil: undefined }), formats: fc.array(fc.string()), extra: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<unknown>, { maxKeys: 3 }) })

test('equal records have one fingerprint and no differences; the fingerprint tells every change', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const [x, y] = [item({ ...a, immutable_parameters: {} }), item({ ...b, immutable_parameters: {}, id: 'z' })]
      expect(paths(x, x)).toEqual([])
      if (contentFingerprint(x) === contentFingerprint(y)) expect(paths(x, y)).toEqual([])
    }),
  )
  expect(contentFingerprint(item())).not.toBe(contentFingerprint(item({ enabled: false })))
  expect(contentFingerprint(item({ id: 'a' }))).toBe(contentFingerprint(item({ id: 'b' })))
})
