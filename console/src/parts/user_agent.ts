// What a browser or program calls itself, in short: "Firefox on Linux". The names are in the order in which they are recognised,
// because browsers also carry the names of others.

const BROWSERS: [RegExp, string][] = [
  [/Edg\w*\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\/|Chromium\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const SYSTEMS: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** The short name; the text itself if it is not that of a browser. */
export function shortUserAgent(text: string): string {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(text))?.[1];
  const browser = text.startsWith("Mozilla/") ? find(BROWSERS) : undefined;
  if (!browser) return text;
  const system = find(SYSTEMS);
  return system ? `${browser}, ${system}` : browser;
}
