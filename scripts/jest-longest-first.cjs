// The longest suites first, so that no worker waits at the end for one that the other began late. Without a cache of earlier runs, as in
// a fresh clone, jest would go by the size of the files. Seconds are rough; a suite that is not named here comes after these, as jest has it.
const { createRequire } = require('module')
const { default: Sequencer } = createRequire(require.resolve('jest'))('@jest/test-sequencer')

const SECONDS = {
  // It waits for a download where nothing is cached: beside one that keeps the processors busy.
  'contract/workflow': 90,
  'e2e/kill-all-kinds': 85,
  'e2e/demo': 70,
  'contract/undo': 65,
  'e2e/undo-killed': 65,
  'e2e/bad-input-course': 60,
  'e2e/activate-killed': 50,
  'contract/every-step': 45,
  'e2e/workflow': 45,
  'e2e/actions': 40,
  'e2e/kill': 38,
  'e2e/estate-handed-over': 36,
  'e2e/estate-from-3.4.1': 35,
  'e2e/estate-from-3.8.1': 35,
  'e2e/bad-input-places': 33,
  'e2e/bad-input-files': 31,
  'e2e/process': 30,
  'contract/content-properties': 25,
  'e2e/handed-over-killed': 25,
  'e2e/deliver': 30,
  'e2e/sandbox-migrate': 25,
  'e2e/bad-input-access': 24,
  'contract/landing': 22,
  'contract/undo-keys': 20,
  'contract/made-content': 20,
  'e2e/bundle': 20,
  'contract/undo-packs': 20,
  'e2e/estate-cutover': 19,
  'e2e/estate-overwrite': 18,
  'e2e/archive-killed': 18,
  'e2e/st2client': 17,
  'contract/packs': 16,
  'contract/every-kind': 16,
}

const secondsOf = ({ path }) => SECONDS[/tests[\\/](.*)\.test\.ts$/.exec(path)?.[1]?.replace(/\\/g, '/')] ?? 0

module.exports = class LongestFirst extends Sequencer {
  async sort(tests) {
    return [...(await super.sort(tests))].sort((a, b) => secondsOf(b) - secondsOf(a))
  }
}
