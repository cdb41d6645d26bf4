"""Stands in for the Java service where no container engine is reachable: the same paths, any port."""

import os
from typing import Any

from desk import LOCK, Answer, call, serve

invoices: list[int] = []


def answer(method: str, path: str, given: Any) -> Answer:
    """POST /invoices: one invoice, at the price that stock knows. GET /sum: all of them."""
    if method == "GET" and path == "/sum":
        return 200, {"invoices": len(invoices), "sum": sum(invoices)}
    price = call(os.environ["STOCK"], f"/stock/{given['item']}")["price"]
    amount = price * given["count"]
    with LOCK:
        invoices.append(amount)
    return 201, {"amount": amount}


if __name__ == "__main__":
    serve(answer)
