/** The StackStorm versions that the sandbox can be. */
export type StackStormVersion = '3.4.1' | '3.8.1' | '3.9.0'
