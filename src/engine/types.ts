/**
 * What the stages take and return. A stage reads or writes instances through the ports it is handed; it prints nothing:
 * its result is a few plain lines (`summary`), data for scripts, and an exit code of src/core/exit-codes.ts.
 */
import type { Instance, Kind, Landing, Settings } from '../kinds/kind'
import type { HistoryFilters, KeptHistory } from '../kinds/kept'
import type { SealWith, UnsealWith } from '../archive/types'
import type { Rewrite } from '../core/host-names'
import type { System } from '../system/ports'
import type { DatastoreKey as CryptoKey } from '../core/datastore-cipher'

export interface StageSettings extends Settings {
  /** Names of kinds; default all. */
  only?: string[]
  except?: string[]
  /** Host names that are changed in what is carried; a plan keeps them for the later stages. */
  rewrite?: readonly Rewrite[]
  /** Where export puts the archive; default the run's directory. */
  out?: string
  /** The archive to read; default the run's. */
  archive?: string
  plan?: string
  seal?: SealWith
  unseal?: UnsealWith
  plainArchive: boolean
  /** Carry the datastore crypto key inside the sealed archive. */
  includeCryptoKey: boolean
  allowActive: boolean
  /** A target older than the source is refused without it. */
  allowOlder: boolean
  /** Which records of the past are kept; default all. */
  history?: HistoryFilters
  /** A folder for the audit logs, in place of the archive. */
  auditLogsTo?: string
  /** Show what would be done, write nothing. */
  dryRun?: boolean
  /** Seconds that quiesce waits for what runs. */
  wait?: number
  /** quiesce: switch on again what it switched off. */
  takeBack?: boolean
  /** migrate: activate at its end. */
  activate?: boolean
  /** Packs that activate puts in place; default all. */
  packs?: string[]
  /** A target whose files are out of reach is written through its API from here; nothing is handed over. */
  apiOnly?: boolean
}

export interface StageContext {
  system: System
  /** Root of the state directory; runs lie below it. */
  stateDir: string
  source?: Instance
  target?: Instance
  /** The source's crypto key from a file, when given or readable. */
  sourceCrypto?: CryptoKey
  kinds?: readonly Kind[]
  /** What export keeps beside the kinds; default all that there is. */
  kept?: readonly KeptHistory[]
  /** Version of this tool. */
  tool: string
}

export interface StageResult {
  stage: string
  exit: number
  /** A few lines that a person understands; the first says the outcome, the last the next command when there is one. */
  summary: string[]
  data: Record<string, unknown>
}

export type Stage = (context: StageContext, settings: StageSettings) => Promise<StageResult>

/** What stands in runs/<id>/run.json: lets a stage find its run's files, or say on which host they are. */
export interface RunRecord {
  run: string
  host: string
  started: string
  /** Absolute path of the archive, once export is done. */
  archive?: string
  archiveSha256?: string
  /** Database id of the instance that the archive came from. */
  sourceId?: string
  plan?: string
  published?: boolean
  /** Other users' keys are part of this run: its later stages look at them too. */
  otherUsers?: boolean
  sourceUrl?: string
  targetUrl?: string
  /** How the target comes up, as the plan was made. */
  landing?: Landing
  /** Packs that were activated one by one, until all are. */
  activatedPacks?: string[]
  /** When an activation began that is not at its end. */
  activating?: string
  /** When the target was activated. */
  activated?: string
  /** When what the run had written was last taken back. */
  undone?: string
  /** The run was handed over to its target: this pack carries its later stages out there. */
  there?: {
    /** The run's name there. */
    run: string
    /** Database id of the target, and the address that it was reached at. */
    target: string
    url: string
    /** Checksum of the archive here that was handed over, and of what lies there of it. */
    archive: string
    sealed: string
    /** How this pack came to be there. */
    pack: 'there' | 'installed' | 'replaced'
    /** When an undo has taken the pack away again. */
    leftAt?: string
  }
}
