import { inAction, localInstance } from '../../../src/commands/st2-environment'

const CONFIG = `
# st2 client
[general]
base_url = http://base.example
cacert = /etc/ssl/own.pem
[credentials]
username = st2admin
password = p=w # not a comment
[api]
url = https://configured.example/api
`

it('is the action runner’s own instance inside an action', () => {
  const env = { ST2_ACTION_EXECUTION_ID: '1', ST2_ACTION_API_URL: 'http://127.0.0.1:9101/v1', ST2_ACTION_AUTH_TOKEN: 't', ST2_API_URL: 'https://other.example' }
  expect(inAction(env)).toBe(true)
  expect(localInstance(env, CONFIG)).toEqual({ url: 'http://127.0.0.1:9101/v1', credentials: { how: 'token', token: 't' }, named: true })
})

it('is what the environment of st2 users says', () => {
  const env = { ST2_API_URL: 'https://old.example/api', ST2_AUTH_URL: 'https://old.example/auth', ST2_API_KEY: 'k', ST2_AUTH_TOKEN: 't' }
  expect(localInstance(env)).toMatchObject({ url: 'https://old.example/api', authUrl: 'https://old.example/auth', credentials: { how: 'apiKey', apiKey: 'k' }, named: true })
  expect(localInstance({ ST2_API_URL: 'x', ST2_AUTH_TOKEN: 't' }).credentials).toEqual({ how: 'token', token: 't' })
})

it('is what ~/.st2/config says, where the environment is silent', () => {
  expect(localInstance({}, CONFIG)).toEqual({
    url: 'https://configured.example/api',
    authUrl: 'http://base.example:9100',
    credentials: { how: 'password', user: 'st2admin', password: 'p=w # not a comment' },
    caFile: '/etc/ssl/own.pem',
    named: true,
  })
})

it('never sends the credentials of the file to another address that the environment names', () => {
  expect(localInstance({ ST2_API_URL: 'https://other.example/api' }, CONFIG).credentials).toBeUndefined()
})

it('is the st2 client’s default address otherwise, and nobody said that there is one', () => {
  expect(localInstance({})).toMatchObject({ url: 'http://127.0.0.1:9101', credentials: undefined, named: false })
})
