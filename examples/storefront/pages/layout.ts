import type { Response } from 'express'
import { assets } from '../assets.ts'
import { type Html, html } from '../html.ts'
import { sign } from '../pictures.ts'
import type { Visitor } from '../visitor.ts'

export interface Page {
  readonly title: string
  /** The page's own path, to mark it in the navigation. */
  readonly path?: string
  readonly visitor: Visitor
  readonly main: Html
  /** Address of the page's script, if it has one. */
  readonly script?: string
}

export function sendPage(res: Response, page: Page, status = 200): void {
  res.status(status).type('html').send(layout(page).toString())
}

function layout({ title, path, visitor, main, script }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Latchkey</title>
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
${script && html`<script type="module" src="${script}"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${visitor.embedded && embeddedBanner}
<header class="top">
  <div class="wrap top-row">
    <a class="brand" href="/">${sign}<span>Latchkey</span></a>
    <nav aria-label="Shop">
      ${navLink('/', 'Shop', path)}
      ${navLink('/record', 'Record', path)}
      ${visitor.name === undefined ? navLink('/login', 'Log in', path) : navLink('/devices', 'Devices', path)}
      ${navLink('/cart', html`Cart ${badge(visitor.cartCount)}`, path)}
    </nav>
    ${visitor.name !== undefined && loggedIn(visitor.name)}
  </div>
</header>
<main id="main" class="wrap" tabindex="-1">
${main}
</main>
<footer class="wrap">
  <p>A demonstration of the <strong>latchkey</strong> session handler. Nothing here is for sale.</p>
</footer>
</body>
</html>
`
}

const embeddedBanner = html`<aside class="banner" aria-label="Notice"><strong>Embedded store:</strong> sessions end with this process.
<span>Set <code>REDIS_URL</code> to keep them.</span></aside>`

function badge(count: number | undefined): Html | undefined {
  return count === undefined ? undefined : html`<span class="badge" data-cart-count>${count}</span>`
}

function navLink(href: string, label: Html | string, path: string | undefined): Html {
  return html`<a href="${href}"${href === path && html` aria-current="page"`}>${label}</a>`
}

function loggedIn(name: string): Html {
  return html`<form class="who" method="post" action="/logout">
  <span>Hello, <b>${name}</b></span><button class="plain">Log out</button>
</form>`
}
