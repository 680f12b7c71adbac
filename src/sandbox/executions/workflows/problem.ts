/** What is wrong with an expression of a workflow, in the two parts of which StackStorm makes its text. */

export class ExpressionProblem extends Error {
  /** @param kind the name of the error as StackStorm tells it, for example `KeyError` or `NoMatchingFunctionException` */
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message)
  }
}

/** A function or operator got values that it has no use for; who called it words the error. */
export class NoMatch extends Error {}
