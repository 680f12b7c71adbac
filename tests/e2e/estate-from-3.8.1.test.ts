/** The whole estate moves from StackStorm 3.8.1 to 3.9.0. */
import { wholeJourney } from '../support/estate-journey'

wholeJourney('3.8.1')
