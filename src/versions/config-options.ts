/**
 * What became of settings of StackStorm's services from release to release: renamed, removed, or with another meaning. Data, from the
 * change log, `conf/st2.conf.sample` and the registered options of releases 3.4.1 to 3.9.0; kinds look up what holds between two
 * versions. Files are never changed by it: a person is told.
 */
import * as semver from 'semver'

export interface OptionRule {
  section: string
  /** Absent: the whole section. */
  option?: string
  /** First release where it is so. */
  since: string
  /** The option that takes its place. */
  to?: string
  note: string
}

const LISTENS = 'st2.conf alone decides where the service listens; before, the socket units of systemd did'

/** Of `st2.conf`. */
export const OPTION_RULES: readonly OptionRule[] = [
  ...['api', 'auth', 'stream'].flatMap((section) => ['host', 'port'].map((option) => ({ section, option, since: '3.6.0', note: LISTENS }))),
  { section: 'exporter', since: '3.8.0', note: 'removed with the service st2exporter' },
  { section: 'sensorcontainer', option: 'partition_provider', since: '3.8.0', note: 'written as key:value pairs (name:default); the form in braces of older samples is not read so' },
  { section: 'database', option: 'ssl', since: '3.9.0', to: 'tls', note: 'renamed; the old name still works' },
  { section: 'database', option: 'ssl_ca_certs', since: '3.9.0', to: 'tls_ca_file', note: 'renamed; the old name still works' },
  { section: 'database', option: 'ssl_keyfile', since: '3.9.0', to: 'tls_certificate_key_file', note: 'no longer read: the new option names one file with key and certificate' },
  { section: 'database', option: 'ssl_certfile', since: '3.9.0', to: 'tls_certificate_key_file', note: 'no longer read: the new option names one file with key and certificate' },
  { section: 'database', option: 'ssl_cert_reqs', since: '3.9.0', to: 'tls_allow_invalid_certificates', note: 'still read, to be removed: none becomes True, optional and required become False' },
  { section: 'database', option: 'ssl_match_hostname', since: '3.9.0', to: 'tls_allow_invalid_hostnames', note: 'still read, to be removed: the new option means the opposite' },
  { section: 'actionrunner', option: 'python_binary', since: '3.9.0', note: 'must name Python 3.8 to 3.11; the sample names /usr/bin/python3' },
]

/** Of the shell file `st2chatops.env`. */
export interface VariableRule {
  variable: string
  /** Only with a value that this does not fit. */
  unless?: RegExp
  since: string
  note: string
}

/** The chat bot that goes with 3.9 brings the adapter for Slack's present API alone (st2chatops, March 2025). */
export const CHATOPS_RULES: readonly VariableRule[] = [
  { variable: 'HUBOT_SLACK_TOKEN', since: '3.9.0', note: 'HUBOT_SLACK_BOT_TOKEN and HUBOT_SLACK_APP_TOKEN take its place: the app in Slack needs both tokens' },
  { variable: 'HUBOT_ADAPTER', unless: /^slack$/, since: '3.9.0', note: 'the chat bot of 3.9 brings the adapter slack alone' },
]

/** Whole files. */
export interface FileRule {
  file: RegExp
  since: string
  note: string
}

export const FILE_RULES: readonly FileRule[] = [
  { file: /^etc\/st2\/(?:logging|syslog)\.exporter\.conf$/, since: '3.8.0', note: 'of no use: the service st2exporter was removed in 3.8' },
]

/** Lines of the nginx site. */
export interface LineRule {
  line: RegExp
  since: string
  note: string
}

export const NGINX_RULES: readonly LineRule[] = [
  { line: /^\s*ssl_protocols\s[^;]*\bTLSv1(?:\.1)?(?=[\s;])/, since: '3.5.0', note: "it allows TLS 1.0 or 1.1; the packages' site since 3.5 allows 1.2 and 1.3" },
]

/** Whether a rule begins to hold on the way from one release to another: what held on the old one already is known there. */
export function holdsBetween({ since }: { since: string }, from: string, to: string): boolean {
  const [old, young] = [semver.coerce(from), semver.coerce(to)]
  return old !== null && young !== null && semver.lt(old, since) && semver.gte(young, since)
}
