"""The definition alone: begin, check, price, write down for other tools, draft from theirs."""
