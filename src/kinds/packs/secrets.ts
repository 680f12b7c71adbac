/**
 * Files in a pack that look like secrets. A file that is one (a key, a password file) and was never committed stays out of
 * the commit that this tool makes: a commit can end on a git host. It is named, with what a person has to do.
 */

/** `is`: nothing but a secret. `holds`: a file of the pack with a private key in it; carried, since the pack cannot run without it. */
export type SecretJudgement = 'is' | 'holds'

const SECRET_NAMES = /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env|\.env\.(?!example|sample|template|dist)[^/]*|\.netrc|\.pgpass|\.my\.cnf|\.git-credentials|[^/]*\.(?:ppk|p12|pfx|jks|keystore|kdbx))$/i
const KEY_HEADER = '-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----'
/** A header alone may be a word in a program; with key material behind it (also with `\n` written out) it is a key. */
const PRIVATE_KEY = new RegExp(`${KEY_HEADER}(?:\\s|\\\\n|\\\\r)+(?:[A-Za-z-]+: [^\\n]*\\s+)*[A-Za-z0-9+/=]{16}`)
const STARTS_AS_KEY = new RegExp(`^\\s*(?:${KEY_HEADER}|PuTTY-User-Key-File-)|^Bag Attributes\\s[\\s\\S]*${KEY_HEADER}`)

export function judgeSecret(file: string, start: Buffer): SecretJudgement | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const text = start.toString('latin1')
  if (SECRET_NAMES.test(name) || STARTS_AS_KEY.test(text)) return 'is'
  return PRIVATE_KEY.test(text) ? 'holds' : undefined
}
