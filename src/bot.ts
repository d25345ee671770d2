import { isbot } from 'isbot'

/**
 * Who counts as a bot. `crawlers`: whom isbot names, but for the HTTP libraries and apps among them, which are people's and servers'
 * tools; nor is it one to send no user agent. `all`: those too, as in Cm_RedisSession. A list: whose user agent contains one of its
 * texts, in whatever case.
 */
export type Bots = 'crawlers' | 'all' | readonly string[]

/** What isbot names as well. Each begins the user agent of a library or of an app made with it. */
const TOOLS =
  /^(?:node|undici|axios|got\b|node-fetch|node-superagent|okhttp|ReactNative|Expo|Capacitor|Alamofire|Dart|Ktor|Unity|CFNetwork|[^(]*\bCFNetwork|Dalvik|Go-http-client|curl|Wget|HTTPie|insomnia|PostmanRuntime|python|aiohttp|httpx|Java|Apache-Http|GuzzleHttp|Symfony HttpClient|Ruby|Faraday|rest-client|reqwest|libwww-perl)/i

const REMEMBERED = 1000

/** Judges user agents, and remembers the latest. */
export function botJudge(bots: Bots): (userAgent: string | null | undefined) => boolean {
  const judge = typeof bots === 'string' ? JUDGES[bots] : among(bots)
  const known = new Map<string, boolean>()
  return userAgent => {
    if (userAgent === undefined || userAgent === null || userAgent === '') return bots === 'all'
    let bot = known.get(userAgent)
    if (bot === undefined) {
      bot = judge(userAgent)
      if (known.size >= REMEMBERED) known.clear()
      known.set(userAgent, bot)
    }
    return bot
  }
}

const JUDGES = {
  all: isbot,
  crawlers: (userAgent: string) => !TOOLS.test(userAgent) && isbot(userAgent),
}

function among(texts: readonly string[]): (userAgent: string) => boolean {
  const lower = texts.map(text => text.toLowerCase())
  return userAgent => {
    const one = userAgent.toLowerCase()
    return lower.some(text => one.includes(text))
  }
}
