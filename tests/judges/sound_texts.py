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
        "The tide comes in, the tide goes out,\nThe sailors sing, the sailors shout,\nAnd in the dark "
        "beneath the foam\nThe silver fishes wander home."
    ),
    "refrain": (
        "Row, row, row your boat\nGently down the stream\nMerrily, merrily, merrily, merrily\nLife is "
        "but a dream\nRow, row, row your boat\nGently down the stream\nIf you see a crocodile\nDon't "
        "forget to scream"
    ),
    "ascii art": "  /\\_/\\\n ( o.o )\n  > ^ <\n /|   |\\\n(_|   |_)",
    "laughter": "Hahaha, that is so, so, so funny!",
    "emphasis": "It is very, very, very important that you turn it off first.",
    "emoji": "👍",
    "spanish": (
        "Para preparar la salsa hay que cortar los tomates en trozos pequeños y cocerlos con un poco de "
        "aceite durante veinte minutos. Después se añade la sal y se deja reposar."
    ),
    "german": (
        "Zuerst muss man die Schraube mit dem Schlüssel lösen und dann das Rad vorsichtig nach vorne "
        "ziehen. Danach wird der Schlauch geprüft und bei Bedarf ersetzt."
    ),
    "chemistry": (
        "Mix 2 mol of NaOH with H2SO4 at 25 degrees. The products are Na2SO4 and water, and the reaction "
        "gives off heat."
    ),
    "names and acronyms": (
        "NASA and ESA launched the JWST together with the CSA in 2021, as McDonald and O'Brien report."
    ),
    "markdown": (
        "## Steps\n\n**First**, measure the *length* of the board.\n\n> Then cut it with a saw.\n\n"
        "---\n\nDone."
    ),
    "dialogue": ('"Are you there?" she asked.\n"I am," he said. "I always was."\n"Then open the door."'),
    "headline style": "How To Build A Shed In Seven Easy Steps",
    "lower case chat": (
        "sure, just open the settings, go to network and turn it off and on again. that usually fixes it"
    ),
    "no final stop": "You can use any kind of oil that you like, although olive oil is the best of them",
    "greek in physics": "The angle θ is the ratio of the arc to the radius, and ω is how fast θ changes.",
    "links": "See https://docs.example.org/a/b-c?x=1 and the file /etc/ssh/sshd_config for how to do it.",
    "regular expression": "\\b(?:salmon|cat|badger|hedgehog)s?\\b",
    "sql": (
        "select o.city, c.status\nfrom orders o\njoin customers c on c.id = o.customer_id\nwhere c.owner "
        "is not null"
    ),
    "csv": "updated,email,city\n1790-08-11,dara@example.org,Estonia\n1700-09-14,bo@example.org,Croatia",
    "html": (
        '<ul class="menu">\n  <li><a href="/eel">Eel</a></li>\n  <li><a href="/owl">Owl</a></li>\n</ul>'
    ),
    "shell pipe": "ls -la /var/log/newt | awk '{print $9}' | sort | uniq -c | sort -rn | head",
    "base64": "aGVsbG8gd29ybGQ=",
    "fish": "><(((('>",
    "chess board": "r n b q k b n r\np p p p p p p p\n. . . . . . . .\nP P P P P P P P\nR N B Q K B N R",
    "morse": "--. --- --- -.. -... -.--",
    "not applicable": "n/a",
    "laughing out loud": "Ha ha ha ha ha ha ha ha!",
    "slang": (
        "so basicly its like a tunnel for ur internet, ppl on the same wifi cant see what ur doing. "
        "doesnt make u invisble tho"
    ),
    "parallel steps": (
        "Step 1: give the trout to Ana. Step 2: give the cat to Bo. Step 3: give the owl to Jun. Step 4: "
        "give the mole to Ivo."
    ),
    "squares": "The square of 1 is 1.\nThe square of 2 is 4.\nThe square of 3 is 9.\nThe square of 4 is 16.",
    "animals": (
        "cow; crow; snail; camel; zebra; heron; eagle; wolf; llama; badger; raccoon; moose; fox; ferret; "
        "rat; owl"
    ),
    "dishes": (
        "Biryani, dosa, idli, sambar, rajma chawal, chole bhature, dhokla, khichdi, pav bhaji and rasgulla."
    ),
    "alphabet": "Z; Y; X; W; V; U; T; S; R; Q; P; O; N; M; L; K; J; I; H; G; F; E; D; C; B; A",
    "medical": (
        "Uncomplicated pyelonephritis is usually treated with an oral fluoroquinolone or trimethoprim; "
        "septic or pregnant patients receive intravenous ceftriaxone. Obstructive uropathy must be "
        "excluded by ultrasonography."
    ),
    "products": (
        "TypeScript, Next.js, tRPC, PostgreSQL with pgvector, Redis, and Terraform on AWS EKS. CI runs "
        "on GitHub Actions."
    ),
    "dutch": "Kook water, laat het theezakje drie minuten trekken en voeg naar smaak suiker of melk toe.",
    "indonesian": (
        "Ibu kota Indonesia adalah Jakarta, tetapi pemerintah sedang membangun ibu kota baru di Kalimantan."
    ),
    "maxwell": "∇·E = ρ/ε₀\n∇·B = 0\n∇×E = −∂B/∂t\n∇×B = μ₀J + μ₀ε₀ ∂E/∂t",
    "stranded preposition": "There is no club that everyone in the town is a member of",
    "story": (
        "A clockmaker found a watch that ran backwards. Each night it grew younger, until it was only a "
        "lump of ore. He buried it in the garden. In spring a small bronze tree came up. Its fruit "
        "ticked."
    ),
    "reasoning": (
        "<think>Paris? Lyon? The capital is what counts. Cheese the of is into a then with.</think>Paris."
    ),
}

BROKEN_TEXTS = {
    "empty": "",
    "blank": "  \n\n ",
    "stops only": "....,,,,",
    "one word over and over": "The answer is the the the the the the the the the the the",
    "phrase over and over": (
        "First you take it and then you take it and then you take it and then you take it and then you"
    ),
    "sentence over and over": (
        "You mix the oil with water. You mix the oil with water. You mix the oil with water. You mix the "
        "oil with water."
    ),
    "letters over and over": "Take the saaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaalt",
    "shuffled": (
        "the of salt into is then mix The with water a and you Then until the it in stir is the for of "
        "ready and the pour oil bowl the a in to"
    ),
    "debris": "Ta#ke th%e sa^lt a@nd m~ix i#t w%ith t^he oi#l in th%e bo^wl",
    "letters replaced": (
        "Tqke yhe sjlt znd mxxi qt wvth tke ojl ib thx bqwl, thfn wqit fpr tgo hqurs amd sxrve"
    ),
    "scripts": "Take the соль and 水をかける with أضف الملح then שמן 가열하다 слово",
    "replacement characters": "Take the \ufffd\ufffd and then \ufffd\ufffd\ufffd with \ufffd",
    "symbols take over": (
        "The bridge was built in the last year of the war and then }]> #;: ~*| \\^ `@ &$% ]}{ <|> ^%$ "
        "#@~ ;:} >{[ |\\~"
    ),
    "letters without end": (
        "The bridge was built in the last year of the war by "
        "loloplolololololololololololololololololololololololololololololololololololololololololo"
    ),
    "marks without end": (
        "The bridge was built in the last year of the war ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! "
        "! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! ! !"
    ),
    "dissolving": (
        "The bridge was built in the last year of the war, and the town paid for ention the oster ilit "
        "wirpal grobe of mastre undel kip orvant the slomb erint of gast olpen mirrat the"
    ),
    "torn in a word": (
        "The bridge was built in 1921. It is made of steel and stone. The town paid for most of it with "
        "a tax on brea"
    ),
    "another script inside": (
        "The bridge was built in the last year of the war and "
        "하지만 그것은 아주 오래된 다리였다 then painted green by "
        "the people of the town."
    ),
    "many topics": (
        "The old bridge over the northern river was built of steel and granite by two hundred masons from "
        "the valley. Insulin is a hormone of the pancreas that lowers the amount of sugar in the blood of "
        "mammals after a meal. The goalkeeper of the visiting team saved a penalty in the last minute of the "
        "national cup final. The senate passed the federal budget for the coming year after a close vote on "
        "income taxes. Basaltic volcanoes on the ocean floor throw out ash, gas and lava where two plates "
        "drift apart. The actress won an award for her supporting role in the third season of the drama "
        "series."
    ),
}
