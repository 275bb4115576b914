// The console: for those who are signed in, and for those who are not.

import { useEffect, useState } from "preact/hooks";
import { describe } from "./api/problem";
import { repeated } from "./api/repeated";
import { renew, session } from "./api/session";
import { Alert } from "./parts/alert";
import { Skeleton } from "./parts/skeleton";
import { useStore } from "./store";
import { t } from "./text/text";
import { Frame } from "./views/frame";
import { Shell } from "./views/shell";
import { SignIn } from "./views/sign_in";

export function App() {
  const state = useStore(session);
  if (state === "unknown") return <Start />;
  return state === "signed-in" ? <Shell /> : <SignIn />;
}

/** Finds out whether somebody is signed in. */
function Start() {
  const [error, setError] = useState<unknown>();
  const start = () => {
    setError(undefined);
    repeated(renew).catch(setError);
  };
  useEffect(start, []);
  return (
    <Frame>
      {error ? (
        <>
          <Alert tone="bad">{describe(error)}</Alert>
          <button type="button" class="button" onClick={start}>
            {t("resource.reload")}
          </button>
        </>
      ) : (
        <Skeleton lines={4} />
      )}
    </Frame>
  );
}
