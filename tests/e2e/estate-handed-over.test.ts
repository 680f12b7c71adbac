/** The whole estate, onto a target of which only the API is in reach: this pack carries it out there. */
import { wholeJourney } from '../support/estate-journey'

wholeJourney('3.8.1', { handedOver: true })
