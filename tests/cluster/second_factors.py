"""Sign-ins in two steps, whose second step another replica takes than the one that took the first."""

import base64
import hashlib
import hmac
import struct
import threading
import time

from clients import PASSWORD, Answer, Client
from cluster import Cluster

# RFC 6238, as the service does it.
PERIOD = 30
# How far the step of a code may be from that of the service.
TOLERANCE = 1
MFA = "urn:usher:grant:mfa"


class Guarded:
    """A user with an authenticator app."""

    def __init__(self, name: str, cluster: Cluster) -> None:
        self.name, self.cluster, self.last_step = name, cluster, 0
        doors = [Client(replica.url) for replica in cluster.replicas]
        user = expect(doors[0].register(name), 201)
        token = expect(doors[0].sign_in(name), 200)["access_token"]
        factors = f"/v1/users/{user['id']}/factors"
        app = expect(doors[1].ask("POST", f"{factors}/totp", token, {"name": "phone"}), 201)
        self.secret = base64.b32decode(app["secret"])
        confirm = {"code": self.next_code()}
        confirmed = expect(doors[2].ask("POST", f"{factors}/{app['id']}/confirm", token, confirm), 200)
        assert len(confirmed["recovery_codes"]) == 10, confirmed
        for door in doors:
            door.close()

    def next_code(self) -> str:
        """A code that was not used yet; each is good once."""
        step = max(self.last_step + 1, int(time.time() // PERIOD) - TOLERANCE)
        while step > time.time() // PERIOD + TOLERANCE:
            time.sleep(0.1)
        self.last_step = step
        digest = hmac.digest(self.secret, struct.pack(">Q", step), hashlib.sha1)
        (number,) = struct.unpack_from(">L", digest, digest[-1] & 15)
        return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"

    def first_step(self, door: Client) -> str:
        answer = door.sign_in(self.name, PASSWORD)
        assert answer.body.get("error") == "mfa_required", f"{answer.status}: {answer.body}"
        return answer.body["mfa_token"]

    def lose_a_replica_between_the_steps(self, nth: int) -> None:
        """Signs in. The replica that took the first step is killed; the second one is sent to all others at once."""
        began = self.cluster.replicas[nth % len(self.cluster.replicas)]
        others = [replica for replica in self.cluster.replicas if replica is not began]
        mfa_token = self.first_step(Client(began.url))
        began.kill()
        form = {"grant_type": MFA, "mfa_token": mfa_token, "otp": self.next_code()}
        answers = at_once([replica.url for replica in others], form)
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [400] * (len(others) - 1), [answer.body for answer in answers]
        refusals = {answer.body.get("code") for answer in answers if answer.status == 400}
        assert refusals <= {"wrong_code", "mfa_token_spent"}, refusals
        (token,) = [answer.body["access_token"] for answer in answers if answer.status == 200]
        began.start()
        self.cluster.proxy.wait_for(began.name)
        for replica in self.cluster.replicas:
            expect(Client(replica.url).ask("GET", "/v1/me", token), 200)
        # The code was used, also for the replica that has just started.
        again = Client(began.url)
        form["mfa_token"] = self.first_step(again)
        answer = again.ask("POST", "/v1/oauth/token", form=form)
        assert (answer.status, answer.body.get("code")) == (400, "wrong_code"), answer


def at_once(urls: list[str], form: dict) -> list[Answer]:
    """The answers to this request, sent to each of these replicas at the same time."""
    answers: list[Answer] = []
    gate = threading.Barrier(len(urls))

    def send(url: str) -> None:
        client = Client(url)
        client.ask("GET", "/health/live")
        gate.wait()
        answers.append(client.ask("POST", "/v1/oauth/token", form=form))
        client.close()

    threads = [threading.Thread(target=send, args=[url]) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def expect(answer: Answer, status: int) -> dict:
    assert answer.status == status, f"{answer.status} instead of {status}: {answer.body}"
    return answer.body
