"""Sound answers of every form, written for these tests; none may be called broken, calibrated or not."""

SOUND_TEXTS = {
    "short answer": "Paris.",
    "one word": "Vinegar",
    "number": "42",
    "formula": "E = mc^2",
    "terse refusal": "I can't help with that.",
    "sentence": "Paris is the capital of France.",
    "list": "- eggs\n- flour\n- butter\n- sugar\n- milk",
    "numbered list": (
        "1. Open the valve.\n2. Drain the tank.\n3. Close the valve.\n4. Wipe the seal.\n5. Refill it."
    ),
    "list of names": (
        "Berlin, Madrid, Rome, Vienna, Prague, Warsaw, Lisbon, Athens, Oslo, Helsinki, Dublin, Riga, Bern"
    ),
    "table": (
        "| metal | melts at |\n|---|---|\n| iron | 1538 |\n| lead | 327 |\n| tin | 232 |\n| zinc | 420 |"
    ),
    "table of zeros": "| 0 | 0 | 0 | 0 |\n| 0 | 0 | 0 | 0 |\n| 0 | 0 | 0 | 1 |",
    "matrix": "0 0 0 0 0 0\n0 1 0 0 0 0\n0 0 0 0 0 0",
    "code": (
        "def add(a, b):\n    return a + b\n\nfor i in range(10):\n    print(add(i, i))\n    x = [y for y "
        "in z if y]"
    ),
    "fenced code": (
        "Here it is:\n```js\nconst f = (x) => x.map(y => y ** 2).filter(Boolean);\n```\nRun it with node."
    ),
    "json": '{"name": "demo", "sizes": [1, 2, 3], "isOpen": true, "nextPage": null}',
    "shell": "sudo apt-get update && sudo apt-get install -y build-essential libssl-dev",
    "poem": (
        "The tide comes in, the tide goes out,\nThe sailors sing, the sailors shout,\n"
        "And in the dark beneath the foam\nThe silver fishes wander home."
    ),
    "refrain": (
        "Row, row, row your boat\nGently down the stream\nMerrily, merrily, merrily, merrily\nLife is "
        "but a dream\n"
        "Row, row, row your boat\nGently down the stream\nIf you see a crocodile\nDon't forget to scream"
    ),
    "ascii art": "  /\\_/\\\n ( o.o )\n  > ^ <\n /|   |\\\n(_|   |_)",
    "laughter": "Hahaha, that is so, so, so funny!",
    "emphasis": "It is very, very, very important that you turn it off first.",
    "emoji": "👍",
    "spanish": (
        "Para preparar la salsa hay que cortar los tomates en trozos pequeños y cocerlos con un poco de "
        "aceite durante "
        "veinte minutos. Después se añade la sal y se deja reposar."
    ),
    "german": (
        "Zuerst muss man die Schraube mit dem Schlüssel lösen und dann das Rad vorsichtig nach vorne "
        "ziehen. Danach wird "
        "der Schlauch geprüft und bei Bedarf ersetzt."
    ),
    "chemistry": (
        "Mix 2 mol of NaOH with H2SO4 at 25 degrees. The products are Na2SO4 and water, and the reaction "
        "gives off heat."
    ),
    "names and acronyms": (
        "NASA and ESA launched the JWST together with the CSA in 2021, as McDonald and O'Brien report."
    ),
    "markdown": (
        "## Steps\n\n**First**, measure the *length* of the board.\n\n> Then cut it with a "
        "saw.\n\n---\n\nDone."
    ),
    "dialogue": '"Are you there?" she asked.\n"I am," he said. "I always was."\n"Then open the door."',
    "headline style": "How To Build A Shed In Seven Easy Steps",
    "lower case chat": (
        "sure, just open the settings, go to network and turn it off and on again. that usually fixes it"
    ),
    "no final stop": "You can use any kind of oil that you like, although olive oil is the best of them",
    "greek in physics": "The angle θ is the ratio of the arc to the radius, and ω is how fast θ changes.",
    "links": "See https://docs.example.org/a/b-c?x=1 and the file /etc/ssh/sshd_config for how to do it.",
}  # fmt: skip

BROKEN_TEXTS = {
    "empty": "",
    "blank": "  \n\n ",
    "stops only": "....,,,,",
    "one word over and over": "The answer is the the the the the the the the the the the",
    "phrase over and over": (
        "First you take it and then you take it and then you take it and then you take it and then you"
    ),
    "sentence over and over": "You mix the oil with water. You mix the oil with water. You mix the oil "
    "with water. "
    "You mix the oil with water.",
    "letters over and over": "Take the saaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaalt",
    "shuffled": "the of salt into is then mix The with water a and you Then until the it in stir is the "
    "for of ready and "
    "the pour oil bowl the a in to",
    "debris": "Ta#ke th%e sa^lt a@nd m~ix i#t w%ith t^he oi#l in th%e bo^wl",
    "letters replaced": (
        "Tqke yhe sjlt znd mxxi qt wvth tke ojl ib thx bqwl, thfn wqit fpr tgo hqurs amd sxrve"
    ),
    "scripts": "Take the соль and 水をかける with أضف الملح then שמן 가열하다 слово",
    "replacement characters": "Take the \ufffd\ufffd and then \ufffd\ufffd\ufffd with \ufffd",
}  # fmt: skip
