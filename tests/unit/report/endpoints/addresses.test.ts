import { addressesOf, environment } from '../../../../src/report/endpoints/addresses'

const CONF = { place: 'etc/st2/st2.conf', text: '[api]\nhost = 127.0.0.1\napi_url = http://ignored.example/\n# api_url = https://commented.example\n[auth]\napi_url = https://st2.example.org/api/\n[webui]\nwebui_base_url: https://st2.example.org\n' }

it('on the host itself, the names of the configuration count', () => {
  expect(addressesOf('http://127.0.0.1:9101', [CONF], [])).toMatchObject({ hosts: ['ignored.example', 'st2.example.org'], api: 'https://st2.example.org/api', webui: 'https://st2.example.org', auth: 'https://st2.example.org/auth' })
  expect(addressesOf('http://127.0.0.1:9101', [{ ...CONF, text: '[webui]\nwebui_base_url = https://localhost\n' }], [])).toMatchObject({ hosts: [], api: 'http://127.0.0.1:9101', webui: undefined })
})

it('from elsewhere, the URL that was given; names that a person knows come first', () => {
  const { hosts, api, webui, seen } = addressesOf('https://Old.Example/api', [CONF], ['st2'])
  expect({ hosts, api, webui }).toEqual({ hosts: ['st2', 'old.example', 'ignored.example', 'st2.example.org'], api: 'https://Old.Example/api', webui: 'https://st2.example.org' })
  expect(seen).toContainEqual(['st2.example.org', 'etc/st2/st2.conf [webui] webui_base_url'])
})

it('server names of the site that stands before StackStorm, not of others', () => {
  const site = (place: string, text: string) => ({ place, text })
  const files = [site('etc/nginx/conf.d/st2.conf', 'server_name  a.example b.example _ localhost;'), site('etc/nginx/conf.d/blog.conf', ' server_name blog.example;')]
  expect(addressesOf('http://127.0.0.1:9101', files, []).hosts).toEqual(['a.example', 'b.example'])
})

it('the environment of the chat, with quotes, comments and without export', () => {
  const text = '# export A="no"\nexport ST2_HOSTNAME="a.example" # ours\nB=\'x y\'\nexport C=\n'
  expect(environment([{ place: 'opt/stackstorm/chatops/st2chatops.env', text }]).map(({ name, value }) => [name, value])).toEqual([['ST2_HOSTNAME', 'a.example'], ['B', 'x y'], ['C', '']])
})
