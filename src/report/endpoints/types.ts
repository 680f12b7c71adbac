/**
 * What the report of endpoints is made of: one entry for each thing that must be told of the new address, as a line of a
 * checklist. No entry ever holds a secret: of what holds the old name only the place is told.
 */
import type { CarriedSide } from './side'

/** In the order in which they are told. */
export const SECTIONS = {
  addresses: 'Addresses that people and programs use',
  webhooks: 'Webhooks, and the rules behind them',
  api_keys: 'API keys, and who holds them',
  users: 'Users that log in',
  callers: 'Callers seen in the logs',
  chatops: 'ChatOps',
  inside: 'Places inside that hold the old host name',
} as const
export type Section = keyof typeof SECTIONS

export interface Entry {
  section: Section
  /** The old URL, address or place. */
  old: string
  /** What it becomes; empty where a person has to know. */
  new: string
  /** What it was seen by. */
  evidence: string
  /** What is to be done, where that is not plain. */
  todo?: string
}

/** What the readers of the report share. */
export interface Looking {
  readonly side: CarriedSide
  /** Host names of the old instance, lower case. */
  readonly oldHosts: readonly string[]
  /** The new instance's host name, when it is known. */
  readonly newHost?: string
  /** Bases of the API as callers from outside use it, without a slash at the end. */
  readonly oldApi: string
  readonly newApi: string
  /** Said once each: what could not be looked at. */
  readonly missed: (text: string) => void
}
