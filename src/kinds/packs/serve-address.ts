/** The address of this machine that packs are served at: the given one, else that of the connection to the new instance. */
import { connect } from 'net'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Weighing } from '../kind'

const TIMEOUT_MS = 15_000

export async function servingAddress({ settings, target }: Pick<Weighing, 'settings' | 'target'>): Promise<string> {
  return settings.serveAddress ?? localAddressTo(target.url)
}

export const isLoopback = (address: string): boolean => address === 'localhost' || address === '::1' || /^127\./.test(address)

/** Opens a connection, sends nothing, and tells this end's address. */
function localAddressTo(url: string): Promise<string> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'http:' ? 80 : 443)) })
    const fail = (): void => {
      socket.destroy()
      reject(new Refusal(`cannot tell at which address ${url} reaches this machine`, 'name it with serve_address=ADDRESS, or give a git host with git_template', EXIT.blocked))
    }
    socket.setTimeout(TIMEOUT_MS, fail)
    socket.once('error', fail)
    socket.once('connect', () => {
      const address = (socket.localAddress ?? '').replace(/^::ffff:/, '')
      socket.destroy()
      resolve(address)
    })
  })
}
