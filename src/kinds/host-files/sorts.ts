/** Which files of a host are StackStorm's own settings, where they lie, and what each needs from a person. Data. */
import * as path from 'path'
import type { InstanceFiles } from '../kind'

/** How a file is read to tell by name what differs. */
export type Form = 'options' | 'variables' | 'users' | 'lines'

export interface Sort {
  /** The directory that is never left. */
  base: 'etc' | 'chatops' | 'nginx'
  /** Below the base. */
  directory: string
  file: RegExp
  form: Form
  /** What whoever sets up the new host does with it. */
  needs: string
}

const SETTINGS = 'take over by hand what the new host needs (its own database, message bus and host names stay), then st2ctl restart'
const LOGGING = 'take over by hand what you changed there, then st2ctl restart'
const SITE = 'take over by hand what you changed there; the certificates that it names are not carried; then nginx -t and reload nginx'

export const SORTS: readonly Sort[] = [
  { base: 'etc', directory: '', file: /^st2.*\.conf$/, form: 'options', needs: SETTINGS },
  { base: 'etc', directory: 'conf.d', file: /\.conf$/, form: 'options', needs: SETTINGS },
  { base: 'etc', directory: 'st2.conf.d', file: /\.conf$/, form: 'options', needs: SETTINGS },
  { base: 'etc', directory: '', file: /^(?:logging|syslog)(?:\..*)?\.conf$/, form: 'lines', needs: LOGGING },
  { base: 'etc', directory: '', file: /^htpasswd$/, form: 'users', needs: "so that the old instance's users can log in with their passwords, put it in place (or add their lines to the own file), with the owner and mode that the own file has; then restart st2auth" },
  { base: 'chatops', directory: '', file: /^st2chatops\.env$/, form: 'variables', needs: 'two bots on one chat answer twice: stop the old one, take over what is needed, then restart st2chatops' },
  { base: 'nginx', directory: 'conf.d', file: /^st2.*\.conf$/, form: 'lines', needs: SITE },
  { base: 'nginx', directory: 'sites-available', file: /^st2(?!.*\.diff$)/, form: 'lines', needs: SITE },
  { base: 'nginx', directory: 'sites-enabled', file: /^st2(?!.*\.diff$)/, form: 'lines', needs: SITE },
]

/** Below `/etc/st2`: where copies go, each under its original path. */
export const BESIDE = 'from-old-instance'

/** In `/etc/st2`, and looked at elsewhere or on purpose not at all. */
export const APART: readonly string[] = [BESIDE, 'keys', ...new Set(SORTS.filter(({ base, directory }) => base === 'etc' && directory !== '').map(({ directory }) => directory))]

export const sortOf = (base: Sort['base'], directory: string, name: string): Sort | undefined => SORTS.find((sort) => sort.base === base && sort.directory === directory && sort.file.test(name))

/** The sort of an identity (a path below the root), and where the file lies below its base; undefined for what this release does not know. */
export function locate(files: InstanceFiles, identity: string): { base: string; name: string; sort: Sort } | undefined {
  for (const sort of SORTS) {
    const base = files[sort.base]
    const name = path.relative(base, path.join(files.root, identity))
    if (path.dirname(name) === (sort.directory || '.') && sort.file.test(path.basename(name))) return { base, name, sort }
  }
  return undefined
}
