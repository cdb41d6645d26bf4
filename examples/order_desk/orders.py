"""The front: takes orders, has stock set aside for them and billing write the invoice."""

import os
from typing import Any

from desk import LOCK, Answer, call, serve

taken: list[dict[str, Any]] = []


def answer(method: str, path: str, given: Any) -> Answer:
    """GET /health; GET and POST /orders."""
    if path == "/health":
        return 200, {"status": "ok"}
    if method == "GET":
        return 200, {"orders": taken}
    left = call(os.environ["STOCK"], f"/take/{given['item']}", {"count": given["count"]})
    if "left" not in left:
        return 409, left
    invoice = call(os.environ["BILLING"], "/invoices", given)
    with LOCK:
        taken.append({"number": len(taken) + 1, **given, "amount": invoice["amount"]})
        return 201, taken[-1]


if __name__ == "__main__":
    serve(answer)
