/** The readable difference between the new instance's own file and the old instance's, as a unified diff below a few lines of advice. */
import { createTwoFilesPatch } from 'diff'
import { modeText, ownerText, type FileItem } from '../files/item'
import { whatChanged, whatDiffers, type Compared } from './account'

/** Edits at most that are looked for; beyond, two files have nothing in common. */
const MOST_EDITS = 1500

/** It shows both files, their secrets included: for a private file only. */
export function patchText(item: FileItem, compared: Compared): string {
  const { identity, sort, from, to } = compared
  const head = [
    `/${identity} of the old instance (StackStorm ${from}, owner ${ownerText(item.owner)}, mode ${modeText(item.mode)}) against the own one (${to})`,
    ...whatDiffers(compared),
    ...whatChanged(compared),
    `to do: ${sort.needs}`,
  ]
  return [...head.map((line) => `# ${line}`), body(compared)].join('\n')
}

function body({ identity, old, own }: Compared): string {
  if (own === undefined) return '# the copy beside this file is all there is\n'
  const [before, after] = [textOf(own), textOf(old)]
  if (before === undefined || after === undefined) return '# at least one of the two is no UTF-8 text: no lines to show\n'
  const patch = createTwoFilesPatch(`/${identity} (own)`, `/${identity} (old instance)`, before, after, undefined, undefined, { maxEditLength: MOST_EDITS })
  return patch ?? '# the two have hardly a line in common: read them side by side\n'
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
