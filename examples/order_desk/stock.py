"""Knows what is there and what it costs. It forgets when it ends: a real one would ask a database."""

from typing import Any

from desk import LOCK, Answer, serve

items = {"tea": 10, "rice": 5}
prices = {"tea": 300, "rice": 1200}


def answer(method: str, path: str, given: Any) -> Answer:
    """GET /stock/ITEM; POST /take/ITEM and /add/ITEM with a count."""
    _, what, item = path.split("/")
    with LOCK:
        if item not in items:
            return 200 if method == "POST" else 404, {"message": f"there is no {item}"}
        if what == "take":
            if items[item] < given["count"]:
                return 200, {"message": f"only {items[item]} of {item} are left"}
            items[item] -= given["count"]
        elif what == "add":
            items[item] += given["count"]
        return 200, {"item": item, "left": items[item], "price": prices[item]}


if __name__ == "__main__":
    serve(answer)
