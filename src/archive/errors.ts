/** Everything that can be wrong with an archive, each with its own code, what happened and what to do next. */
import { EXIT, Refusal } from '../core/exit-codes'

export type ArchiveProblem =
  | 'not-an-archive'
  | 'truncated'
  | 'damaged'
  | 'missing-member'
  | 'extra-member'
  | 'renamed-member'
  | 'duplicate-member'
  | 'unsafe-member'
  | 'changed-member'
  | 'bad-manifest'
  | 'newer-format'
  | 'needs-identity'
  | 'needs-passphrase'
  | 'wrong-identity'
  | 'wrong-passphrase'
  | 'bad-recipient'
  | 'duplicate-identity'
  | 'bad-item'
  | 'bad-name'
  | 'in-the-way'
  | 'unreadable'

const ADVICE: Record<ArchiveProblem, string> = {
  'not-an-archive': 'Check the path: it should name a file made by `export`, ending in .st2.tar.gz or .st2.tar.gz.age.',
  truncated: 'The file is incomplete: copy it again, or export again.',
  damaged: 'The file was changed or damaged on its way: copy it again, or export again.',
  'missing-member': 'The archive is not as it was written: use an untouched copy.',
  'extra-member': 'The archive is not as it was written: use an untouched copy.',
  'renamed-member': 'The archive is not as it was written: use an untouched copy.',
  'duplicate-member': 'The archive is not as it was written: use an untouched copy.',
  'unsafe-member': 'Nothing was unpacked outside the work directory. Do not use this file; find out where it comes from.',
  'changed-member': 'The archive is not as it was written: use an untouched copy.',
  'bad-manifest': 'The archive is not as it was written: use an untouched copy.',
  'newer-format': 'Use the release of st2upgrade that wrote it, or a newer one.',
  'needs-identity': 'Give the file with the age identity (AGE-SECRET-KEY-1...) that belongs to one of its recipients (identity_file=PATH).',
  'needs-passphrase': 'Give the passphrase that the archive was sealed with (passphrase_file=PATH).',
  'wrong-identity': 'Give the identity that belongs to one of the recipients it was sealed for (identity_file=PATH).',
  'wrong-passphrase': 'Give the passphrase that the archive was sealed with (passphrase_file=PATH).',
  'bad-recipient': 'An age recipient looks like age1...; `age-keygen -y` prints the one of an identity. A passphrase has at least one character.',
  'duplicate-identity': 'Two things of one kind have the same identity; look at both on the instance.',
  'bad-item': 'The archive is not as it was written: use an untouched copy.',
  'bad-name': 'This is a fault of st2upgrade: report it with this message.',
  'in-the-way': 'Nothing is overwritten: choose another name, or move what is there.',
  unreadable: 'Check the path and the rights of the file.',
}

/** The archive is right; what was given to open or seal it is not. */
const WRONG_USAGE = /^(needs|wrong)-|^bad-recipient$/

/** `message` says what happened and to what; `advice` what to do next. Neither holds a secret. */
export class ArchiveError extends Refusal {
  constructor(
    readonly problem: ArchiveProblem,
    message: string,
  ) {
    super(message, ADVICE[problem], WRONG_USAGE.test(problem) ? EXIT.usage : EXIT.failed)
    this.name = 'ArchiveError'
  }
}
