/** Markup that is safe to send: written in a template here, or escaped on its way in. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }

  toString(): string {
    return this.markup
  }
}

export type Slot = Html | string | number | false | null | undefined | readonly Slot[]

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}

/**
 * Everything put into the template is escaped, except what another `html` template made. Safe in text and in quoted
 * attributes; never put a slot into a script, a style or an attribute without quotes.
 */
export function html(strings: TemplateStringsArray, ...slots: Slot[]): Html {
  return new Html(strings.reduce((markup, part, index) => markup + render(slots[index - 1]) + part))
}

function render(slot: Slot): string {
  if (slot === undefined || slot === null || slot === false) return ''
  if (slot instanceof Html) return slot.markup
  if (typeof slot === 'object') return slot.map(render).join('')
  return escapeHtml(String(slot))
}
