/**
 * Keeps the process small. V8 lets garbage grow to several times of what lives before it collects it: an apply of which 25 MB
 * lived at any moment took 230 MB. An operator's StackStorm host may have little to spare, so it collects sooner; at 100,000
 * keys that took 120 MB and no time that could be measured (bench/results.md). Both flags are known from Node 14 to 24.
 */
import { setFlagsFromString } from 'v8'

/** For processes that stream: one that holds much at a time (a sandbox) would collect all the time. May be called more than once. */
export function staySmall(): void {
  setFlagsFromString('--heap-growing-percent=25')
  setFlagsFromString('--semi-space-growth-factor=1')
}
