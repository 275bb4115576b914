// Secrets that are shown once: a key, a QR code, or several codes.

import type { Resource } from "../api/hal";
import { CopyButton } from "../parts/copy_button";
import { memberText, t } from "../text/text";

/** The members that come first. */
const FIRST = ["qr_svg", "otpauth_uri"];

export function Secrets({ resource, names }: { resource: Resource; names: string[] }) {
  const order = [...FIRST, ...names].filter((name, n, all) => names.includes(name) && all.indexOf(name) === n);
  return (
    <>
      {order.map((name) => (
        <Secret key={name} name={name} value={resource[name]} />
      ))}
    </>
  );
}

function Secret({ name, value }: { name: string; value: unknown }) {
  const title = memberText(name);
  if (name === "qr_svg") {
    return <img class="qr" alt={t("once.qr")} src={`data:image/svg+xml,${encodeURIComponent(String(value))}`} />;
  }
  if (name === "otpauth_uri") {
    const uri = String(value);
    return uri.startsWith("otpauth:") ? (
      <a class="secret-link" href={uri}>
        {t("once.open")}
      </a>
    ) : null;
  }
  const codes = Array.isArray(value) ? value.map(String) : undefined;
  const text = codes?.join("\n") ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <div class="secret">
      <p class="secret-title">
        {title}
        <CopyButton text={text} name={title} />
      </p>
      {codes ? (
        <>
          {name === "recovery_codes" && <p class="field-help">{t("once.codes_about")}</p>}
          <ul class="codes">
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <code class="secret-text">{text}</code>
      )}
    </div>
  );
}
