import { koaFramework } from './frameworks/koa.ts'
import { doorSuite } from './suite.ts'

doorSuite(koaFramework)
