/** A pack with binary files, whose repository is gone: what lies on the server is all there is. */
import { seeded } from '../random'
import { packYaml, policy, script, scriptAction, webhookRule, type EstatePack } from './pack'

const bytes = (seed: number, length: number): Buffer => {
  const random = seeded(seed)
  const all = Buffer.alloc(length)
  for (let at = 0; at < length; at++) all[at] = random.int(256)
  return all
}

export const BRANDING: EstatePack = {
  ref: 'branding',
  story: 'has binary files, and its repository is gone',
  origin: 'gone',
  history: [
    {
      message: 'Logo and letter heads',
      files: {
        'pack.yaml': packYaml('branding', '1.0.0', 'Letter heads and logos'),
        'actions/stamp.yaml': scriptAction('stamp', 'Puts the logo on a document'),
        'actions/stamp.sh': script('stamp'),
        'rules/on_upload.yaml': webhookRule('branding', 'on_upload', 'branding/upload', 'branding.stamp'),
        'policies/stamp.yaml': policy('branding', 'branding_stamp_limit', 'concurrency', 'branding.stamp', { action: 'delay', threshold: 4 }),
        'etc/logo.bin': bytes(1, 48_000),
        'etc/empty.txt': '',
      },
    },
    {
      message: 'New logo',
      files: { 'etc/logo.bin': Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), bytes(2, 300_000)]) },
      refs: ['refs/heads/main', 'refs/tags/v1.0.0'],
    },
  ],
}
