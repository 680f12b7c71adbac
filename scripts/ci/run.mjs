/*
Runs the steps of CI one after the other, all of them even when one fails, and closes with their sums.

  node scripts/ci/run.mjs                  every step
  node scripts/ci/run.mjs lint types ...   only these
*/
import { STEPS } from './steps.mjs'

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name))
if (unknown.length > 0) {
  console.log(`there is no step ${unknown.join(', ')}; the steps are ${STEPS.map(({ name }) => name).join(', ')}\n0 passed, 1 failed`)
  process.exit(1)
}

const done = []
for (const step of STEPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n=== ${step.name}: ${step.what}`)
  const began = Date.now()
  const { passed, failed, skipped = 0, note = '' } = await step.run()
  const seconds = Math.round((Date.now() - began) / 1000)
  done.push({ step: step.name, passed, failed, skipped, seconds, note })
}

console.log('\n=== all steps')
for (const { step, passed, failed, skipped, seconds, note } of done) {
  console.log(`${failed > 0 ? 'FAILED' : 'ok    '} ${step.padEnd(8)} ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''} in ${seconds} s${note ? `  ${note}` : ''}`)
}
const sum = (key) => done.reduce((total, one) => total + one[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0
