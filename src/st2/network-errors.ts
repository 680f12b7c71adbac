/** From the network's own error codes to {@link St2Error}: nobody there, nobody answers, a certificate that is not trusted. */
import type { Asked } from './faults'
import { St2Error, type St2ErrorCode } from './errors'

const CA_ADVICE = 'Give the certificate (or that of its authority) with --ca-file, or --insecure to trust anything.'

interface Told {
  code: St2ErrorCode
  what: string
  advice: string
}
const unreachable = (what: string, advice = 'Check the URL, the network and that StackStorm runs (`st2ctl status`).'): Told => ({ code: 'unreachable', what, advice })
const tls = (what: string, advice = CA_ADVICE): Told => ({ code: 'tls', what, advice })
const timeout: Told = { code: 'timeout', what: 'did not answer in time', advice: 'Check its load and the network, then run again.' }
const cut: Told = { code: 'interrupted_answer', what: 'closed the connection before its answer was complete', advice: 'Run again; what was done already is not done twice.' }

const TOLD: Record<string, Told> = {
  ECONNREFUSED: unreachable('refuses connections: nothing listens there'),
  ENOTFOUND: unreachable('has a host name that is not known', 'Check the spelling of the host, or the DNS.'),
  EAI_AGAIN: unreachable('has a host name that cannot be looked up now', 'Check the DNS of this machine.'),
  EHOSTUNREACH: unreachable('cannot be reached: no route to the host'),
  ENETUNREACH: unreachable('cannot be reached: no route to its network'),
  ECONNTIMEOUT: unreachable('does not take the connection (no reply)', 'Check host, port and firewalls in between.'),
  ETIMEDOUT: timeout,
  ECONNABORTED: timeout,
  ESOCKETTIMEDOUT: timeout,
  ECONNRESET: cut,
  EPIPE: cut,
  ERR_STREAM_PREMATURE_CLOSE: cut,
  ERR_BAD_RESPONSE: cut,
  DEPTH_ZERO_SELF_SIGNED_CERT: tls('has a self-signed certificate'),
  SELF_SIGNED_CERT_IN_CHAIN: tls('has a certificate of an authority that is not known here'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: tls('has a certificate of an authority that is not known here'),
  UNABLE_TO_GET_ISSUER_CERT: tls('has a certificate of an authority that is not known here'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: tls('has a certificate of an authority that is not known here'),
  CERT_HAS_EXPIRED: tls('has a certificate that has expired', 'Renew the certificate; until then --insecure goes on without the check.'),
  CERT_NOT_YET_VALID: tls('has a certificate that is not valid yet', 'Check the clocks of both machines.'),
  ERR_TLS_CERT_ALTNAME_INVALID: tls('has a certificate for another host name', 'Use the name that the certificate holds, or --insecure.'),
  EPROTO: tls('does not speak TLS here', 'Use http:// if that port has no TLS.'),
  ERR_SSL_WRONG_VERSION_NUMBER: tls('does not speak TLS here', 'Use http:// if that port has no TLS.'),
  HPE_INVALID_CONSTANT: { code: 'not_stackstorm', what: 'does not speak HTTP here', advice: 'Check scheme and port: https:// for nginx, http://HOST:9101 for the API port itself.' },
}

function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  if (typeof code === 'string' && code in TOLD) return code
  if (typeof cause?.code === 'string') return cause.code
  return typeof code === 'string' ? code : ''
}

/** The message of the original is dropped: it may quote headers. */
export function errorOfNetwork(error: unknown, asked: Asked): St2Error {
  const cause = codeOf(error)
  const told = TOLD[cause] ?? (cause.startsWith('HPE_') ? TOLD.HPE_INVALID_CONSTANT! : cause.startsWith('ERR_SSL') ? TOLD.EPROTO! : cut)
  const item = `${asked.method} ${asked.path}`
  return new St2Error(`${asked.url} ${told.what}${cause ? ` (${cause})` : ''}, asked ${item}.`, told.advice, { code: told.code, item, cause })
}

/** The connection broke while the body was read. */
export function interruptedAnswer(error: unknown, asked: Asked): St2Error {
  const cause = codeOf(error)
  const told = TOLD[cause]?.code === 'timeout' ? timeout : cut
  const item = `${asked.method} ${asked.path}`
  return new St2Error(`${asked.url} ${told.what}, asked ${item}.`, told.advice, { code: told.code, item, cause })
}
