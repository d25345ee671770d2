import { fetchFramework } from './frameworks/fetch.ts'
import { doorSuite } from './suite.ts'

doorSuite(fetchFramework)
