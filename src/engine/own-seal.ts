/** The key pair of a run: its private half stays in the run's directory. */
import { generateIdentity } from 'age-encryption'
import { writeDurable } from '../system/durable'
import { readTextIfThere } from '../system/text-files'
import type { Run } from './runs'
import { IDENTITY } from './sides'

/** Made when it is first asked for. */
export async function identityOf(run: Run): Promise<string> {
  const known = await readTextIfThere(run.at(IDENTITY))
  if (known !== undefined) return known.trim()
  const identity = await generateIdentity()
  await writeDurable(run.at(IDENTITY), `${identity}\n`)
  return identity
}
