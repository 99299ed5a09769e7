// Every <time data-clock> of a page in one time zone and one format: the zone of the account (data-zone of
// the body) or else the browser's. Without this script the page says UTC. accounts/words/clock.py writes the
// same format.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const CLOCK = {
  day: {},
  minute: { hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

// Browsers call some zones by former names. present_name of accounts/words/clock.py knows more of them.
/** @type {Record<string, string>} */
const RENAMED = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** The zone in force: the account's if this browser knows it, else the browser's. */
export function zone() {
  const chosen = document.body?.dataset.zone || undefined;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return new Intl.DateTimeFormat("en-US").resolvedOptions().timeZone;
  }
}

/**
 * A point in time as all pages print it: "3 Sep 2026, 14:05".
 * @param {Date} when
 * @param {string} precision "day", "minute" or "second"
 * @param {string} timeZone
 */
export function written(when, precision = "minute", timeZone = zone()) {
  /** @type {Intl.DateTimeFormatOptions} */
  const fields = {
    timeZone, day: "numeric", month: "short", year: "numeric", hourCycle: "h23", ...CLOCK[precision],
  };
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of new Intl.DateTimeFormat("en-US", fields).formatToParts(when)) {
    part[type] = value;
  }
  const clock = [part.hour, part.minute, part.second].filter(Boolean).join(":");
  return `${part.day} ${part.month} ${part.year}${clock && `, ${clock}`}`;
}

/**
 * The time of day alone, where its date is plain: "14:05".
 * @param {Date} when
 * @param {string} precision "minute" or "second"
 */
export const timeOfDay = (when, precision = "minute", timeZone = zone()) =>
  written(when, precision, timeZone).split(", ")[1] ?? "";

/** The zone by its present name with its distance from UTC now: "Asia/Kolkata (UTC+05:30)". */
export function zoneInWords(timeZone = zone()) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(
    new Date(),
  );
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "UTC";
  const name = RENAMED[timeZone] ?? timeZone;
  return name === "UTC" ? name : `${name.replaceAll("_", " ")} (${offset})`;
}

/** @param {ParentNode} root */
function rewrite(root) {
  const timeZone = zone();
  const name = zoneInWords(timeZone);
  /** @type {NodeListOf<HTMLTimeElement>} */
  const times = root.querySelectorAll("time[data-clock]");
  for (const time of times) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.valueOf())) continue;
    time.textContent = written(when, time.dataset.clock, timeZone);
    time.title = name;
  }
  for (const said of root.querySelectorAll("[data-clock-zone]")) said.textContent = name;
}

if (typeof document !== "undefined") {
  rewrite(document);
  document.addEventListener("htmx:load", ({ target }) => {
    if (target instanceof Element) rewrite(target.parentElement ?? target);
  });
}
