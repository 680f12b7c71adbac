/** Looks at what was given as certificates before anything trusts it: OpenSSL takes a file without any in silence, and then trusts nobody. */
import { createSecureContext } from 'tls'

/** True when there are PEM certificates in it, and all of them can be read. */
export function holdsCertificates(pem: Buffer): boolean {
  if (!pem.includes('-----BEGIN ')) return false
  try {
    createSecureContext({ ca: pem })
    return true
  } catch {
    return false
  }
}
