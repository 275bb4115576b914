// The QR code of an authenticator app, drawn by Chromium and read by jsQR.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import jsQR from "jsqr";
import { startService } from "../service.mjs";
import { closeBrowser, enrolTotp, openPage } from "./support.js";

after(closeBrowser);

test("the QR code of an authenticator app is its URI", async (t) => {
  const service = await startService(t);
  const { app } = await enrolTotp(service);
  const page = await openPage(t, service.url);
  const { data, side } = await page.evaluate(async (svg) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    await image.decode();
    const side = 400;
    const context = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, side, side);
    context.drawImage(image, 0, 0, side, side);
    return { data: [...context.getImageData(0, 0, side, side).data], side };
  }, app.qr_svg);
  assert.equal(jsQR.default(Uint8ClampedArray.from(data), side, side)?.data, app.otpauth_uri);
});
