/** Requests of one user to one instance: base, credentials, repeats and JSON put together. */
import type { Session } from './credentials'
import { St2Error, isSt2Error } from './errors'
import { readAll, type HttpAnswer, type HttpRequest } from './http'
import type { Link } from './link'
import type { CallOptions } from './port'

type Request = Omit<HttpRequest, 'base' | 'timeoutMs'>

export class Requests {
  private begun?: Promise<void>

  constructor(
    readonly link: Link,
    private readonly session: Session,
  ) {}

  /** Base and credentials, before the first request and outside of its repeats. A failure is not kept. */
  private begin(): Promise<void> {
    this.begun ??= this.link
      .findBase()
      .then(() => this.session.headers())
      .then(
        () => undefined,
        (error: unknown) => {
          this.begun = undefined
          throw error
        },
      )
    return this.begun
  }

  /** One attempt with credentials; a token made from a password is renewed once when it has expired. */
  private async send(request: Request, options: CallOptions = {}): Promise<HttpAnswer> {
    const base = await this.link.findBase()
    const asked = { ...request, base, timeoutMs: options.timeoutMs ?? this.link.timeoutMs }
    const headers = await this.session.headers()
    try {
      return await this.link.http.send({ ...asked, headers })
    } catch (error) {
      if (!isSt2Error(error, 'unauthorized') || error.reason !== 'expired_token' || !this.session.renew(headers)) throw error
      return this.link.http.send({ ...asked, headers: await this.session.headers() })
    }
  }

  async bytes(request: Request, options: CallOptions = {}): Promise<{ body: Buffer; answer: HttpAnswer }> {
    const repeatable = options.repeatable ?? request.method !== 'POST'
    await this.begin()
    return this.link.retry(async (attempt) => {
      try {
        const answer = await this.send(request, options)
        return { body: await readAll(answer), answer }
      } catch (error) {
        // The first attempt may have done it before its answer was lost.
        if (request.method === 'DELETE' && attempt > 1 && isSt2Error(error, 'not_found')) return { body: Buffer.alloc(0), answer: undefined as never }
        throw error
      }
    }, repeatable)
  }

  async json<T>(request: Request, options?: CallOptions): Promise<T> {
    const { body, answer } = await this.bytes(request, options)
    if (body.length === 0 && request.method !== 'GET') return undefined as T
    try {
      return JSON.parse(body.toString('utf8')) as T
    } catch {
      throw notJson(answer)
    }
  }

  /** An answer that is still arriving; only its beginning is repeated. */
  async stream(request: Request): Promise<HttpAnswer> {
    await this.begin()
    return this.link.retry(() => this.send(request), true)
  }
}

function notJson(answer: HttpAnswer): St2Error {
  return new St2Error(
    `${answer.asked.url} answered ${answer.asked.method} ${answer.asked.path} with something else than JSON (${answer.contentType || 'no content type'}).`,
    'Check the URL: usually https://HOST/api. The web interface, a proxy or a login page in between answers like this.',
    { code: 'not_stackstorm', status: answer.status, item: `${answer.asked.method} ${answer.asked.path}` },
  )
}
