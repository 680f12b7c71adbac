/** The whole estate moves from StackStorm 3.4.1 to 3.9.0. */
import { wholeJourney } from '../support/estate-journey'

wholeJourney('3.4.1')
