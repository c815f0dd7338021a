/** Invented texts with the tokens that OpenAI's vocabulary o200k_base has for them, counted with gpt-tokenizer 3.4. */
export const COUNTED_TEXTS: Readonly<Record<string, readonly [text: string, tokens: number]>> = {
  english: [
    "The ferry leaves the northern harbour every morning at half past six, and its captain has not missed a departure in eleven years. When the fog is thick he rings the old brass bell twice, waits for the answer from the lighthouse, and then turns slowly towards the open water. Passengers who know him bring coffee and ask about his daughter's studies. Nobody complains when the crossing takes longer than the timetable promises.",
    81,
  ],
  german: [
    "Die Fähre verlässt den nördlichen Hafen jeden Morgen um halb sieben, und ihr Kapitän hat seit elf Jahren keine Abfahrt versäumt. Wenn der Nebel dicht ist, läutet er zweimal die alte Messingglocke, wartet auf die Antwort des Leuchtturms und dreht dann langsam auf das offene Wasser hinaus. Fahrgäste, die ihn kennen, bringen Kaffee mit und fragen nach dem Studium seiner Tochter.",
    91,
  ],
  french: [
    "Le bac quitte le port du nord chaque matin à six heures et demie, et son capitaine n'a manqué aucun départ depuis onze ans. Quand le brouillard est épais, il sonne deux fois la vieille cloche de laiton, attend la réponse du phare, puis tourne lentement vers le large. Les passagers qui le connaissent apportent du café et demandent des nouvelles des études de sa fille.",
    86,
  ],
  polish: [
    "Prom opuszcza północny port każdego ranka o wpół do siódmej, a jego kapitan od jedenastu lat nie spóźnił się na żaden rejs. Kiedy mgła jest gęsta, dzwoni dwa razy starym mosiężnym dzwonem, czeka na odpowiedź z latarni morskiej, a potem powoli skręca na otwarte morze. Pasażerowie, którzy go znają, przynoszą kawę i pytają o studia jego córki.",
    117,
  ],
  russian: [
    "Паром уходит из северной гавани каждое утро в половине седьмого, и его капитан за одиннадцать лет не пропустил ни одного рейса. Когда туман густой, он дважды звонит в старый медный колокол, ждёт ответа с маяка и затем медленно поворачивает в открытое море. Пассажиры, которые его знают, приносят кофе и спрашивают об учёбе его дочери.",
    101,
  ],
  chinese: [
    "渡轮每天早上六点半离开北港，船长十一年来从未错过一次启航。雾浓的时候，他会敲两下那口旧铜钟，等待灯塔的回应，然后慢慢转向开阔的水面。认识他的乘客会带来咖啡，并询问他女儿的学业。渡海的时间比时刻表长的时候，没有人抱怨。",
    94,
  ],
  japanese: [
    "フェリーは毎朝六時半に北の港を出発します。船長はこの十一年間、一度も出航を逃したことがありません。霧が濃いときは古い真鍮の鐘を二回鳴らし、灯台からの返事を待って、ゆっくりと沖へ向かいます。彼を知っている乗客はコーヒーを持ってきて、娘さんの勉強について尋ねます。",
    109,
  ],
  korean: [
    "여객선은 매일 아침 여섯 시 반에 북쪽 항구를 떠나며, 선장은 십일 년 동안 한 번도 출항을 놓친 적이 없습니다. 안개가 짙으면 낡은 놋쇠 종을 두 번 울리고 등대의 대답을 기다린 다음 천천히 넓은 바다로 방향을 돌립니다. 그를 아는 승객들은 커피를 가져와 딸의 공부에 대해 묻습니다.",
    106,
  ],
  code: [
    'export async function departures(harbour: Harbour, { from, limit = 20 }: Query): Promise<Departure[]> {\n  const rows = await harbour.timetable.find((row) => row.time >= from && !row.isCancelled);\n  if (rows.length === 0) return [];\n  return rows\n    .sort((a, b) => a.time - b.time)\n    .slice(0, limit)\n    .map(({ id, time, ferry }) => ({ id, time: new Date(time).toISOString(), ferry: ferry?.name ?? "unknown" }));\n}\n',
    120,
  ],
  python: [
    'class Timetable:\n    def __init__(self, path: str, limit: int = 20):\n        self.path = path\n        self.limit = limit\n\n    def departures(self, start):\n        """Return the next departures after start."""\n        with open(self.path, encoding="utf-8") as file:\n            rows = [line.strip().split(",") for line in file if not line.startswith("#")]\n        return sorted(row for row in rows if row[0] >= start)[: self.limit]\n',
    105,
  ],
  json: [
    '[{"id":"ferry-0","departs":"2031-05-01T06:30:00Z","passengers":240,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":true,"note":null},{"id":"ferry-1","departs":"2031-05-02T06:30:00Z","passengers":257,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":false,"note":null},{"id":"ferry-2","departs":"2031-05-03T06:30:00Z","passengers":274,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":true,"note":null},{"id":"ferry-3","departs":"2031-05-04T06:30:00Z","passengers":291,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":false,"note":null},{"id":"ferry-4","departs":"2031-05-05T06:30:00Z","passengers":308,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":true,"note":null},{"id":"ferry-5","departs":"2031-05-06T06:30:00Z","passengers":325,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":false,"note":null},{"id":"ferry-6","departs":"2031-05-07T06:30:00Z","passengers":342,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":true,"note":null},{"id":"ferry-7","departs":"2031-05-08T06:30:00Z","passengers":359,"crew":{"captain":"Marta","mates":["Ole","Ines"]},"delayed":false,"note":null}]',
    434,
  ],
  schema: [
    '{"type":"object","properties":{"harbour":{"type":"string","description":"The harbour that the ferry leaves."},"limit":{"type":"integer","minimum":1,"maximum":50},"days":{"type":"array","items":{"type":"string","enum":["monday","tuesday","sunday"]}}},"required":["harbour"],"additionalProperties":false}',
    74,
  ],
  markdown: [
    "# Departures\n\n| Time | Ferry | Platform |\n|---|---|---|\n| 06:30 | *Marta* | 2 |\n| 07:15 | *Ines* | 4 |\n\n- Bring **your own** cup.\n- See [the map](https://harbour.example/map?zone=north).\n\n1. Buy a ticket.\n2. Wait behind the `yellow` line.\n",
    87,
  ],
  log: [
    "2031-05-00T06:30:10 INFO  [harbour.gate] ferry=marta-0 passengers=240 wait=3.7s path=/var/harbour/gates/north-0.sock\n2031-05-01T06:30:11 INFO  [harbour.gate] ferry=marta-1 passengers=241 wait=3.7s path=/var/harbour/gates/north-1.sock\n2031-05-02T06:30:12 INFO  [harbour.gate] ferry=marta-2 passengers=242 wait=3.7s path=/var/harbour/gates/north-2.sock\n2031-05-03T06:30:13 INFO  [harbour.gate] ferry=marta-3 passengers=243 wait=3.7s path=/var/harbour/gates/north-3.sock\n2031-05-04T06:30:14 INFO  [harbour.gate] ferry=marta-4 passengers=244 wait=3.7s path=/var/harbour/gates/north-4.sock\n2031-05-05T06:30:15 INFO  [harbour.gate] ferry=marta-5 passengers=245 wait=3.7s path=/var/harbour/gates/north-5.sock",
    287,
  ],
  base64: [
    "AGgO8hR0Eu4IYPaPofF/EBpirXFzePZ3cW7kXU9EsiPS+iWOcFV42bOQqwSbcL4Pnmt2v0YLDk+TUEuE+7BomQi1ZY71X0JjhyTE3fmOJjdL2Gg2fcdPUFSWFg8LRb1zZ5kJt6PNNdu/4UHfu9Utw1xuvkzd5y96PkBFw0Q+O7EqHBF/8J/H8ls9IkWmgF140Wg9i9xrOEOME9jbHGAdGFHIfTVm1YIyW8IsDzBU8ZGqxlvzBBilNQNKlBwdIWPj3NgSikA0ZtaEcJoCqIyuDqyIovqQKTuLGaq0/EcLDRKQEQsIfvfp3ky9bJS/KArvEnNNKkWeNQpYqTgFEFngpajpLerlHpVKAjOiT/8oj/nc/SG+XneTKMDR5XIC0Bdh6eruMLCppd9XDQEz",
    276,
  ],
  hex: [
    "00680ef2147412ee0860f68fa1f17f101a62ad717378f677716ee45d4f44b223d2fa258e705578d9b390ab049b70be0f9e6b76bf460b0e4f93504b84fbb0689908b5658ef55f42638724c4ddf98e26374bd868367dc74f505496160f0b45bd73679909b7a3cd35dbbfe141dfbbd52dc35c6ebe4cdde72f7a3e4045c3443e3bb12a1c117ff09fc7f25b3d2245a6805d78d1683d8bdc6b38438c13d8db1c601d1851c87d3566d582325bc22c0f3054f191aac65bf30418a535034a941c1d2163e3dcd8128a403466d6",
    228,
  ],
};
