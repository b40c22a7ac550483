"""The kinds of product of the drawn marketplace, and what sellers call them in English and Indonesian."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Family:
    """A kind of product.

    Attributes:
      name: also the name of its drawing, see art.py.
      levels: where it stands in the category tree, from coarse to fine.
      variant: how its main colour is worded: "colour", "flavour" or "scent".
      quantity: what it comes in several of, a key of `vocabulary.QUANTITIES`.
      english, indonesian: its nouns.
      traits: (English, Indonesian) pairs.
    """

    name: str
    levels: tuple[str, ...]
    variant: str
    quantity: str
    english: tuple[str, ...]
    indonesian: tuple[str, ...]
    traits: tuple[tuple[str, ...], ...]


def _parse(table: str) -> tuple[Family, ...]:
    lines, families = table.strip().splitlines(), []
    for head, english, indonesian, traits in zip(*[iter(lines)] * 4, strict=True):
        name, levels, variant, quantity = head.split(" | ")
        pairs = tuple(tuple(pair.split("=")) for pair in _list(traits))
        families.append(
            Family(name, tuple(levels.split(" > ")), variant, quantity, _list(english), _list(indonesian), pairs)
        )
    return tuple(families)


def _list(line: str) -> tuple[str, ...]:
    return tuple(line.strip().split(", "))


# Four lines a family: name, category path, variant and quantity; English nouns; Indonesian nouns; traits.
FAMILIES = _parse("""
bottle | Food & Drink > Drinks > Bottled drinks | flavour | volume
  juice drink, juice bottle, fruit drink
  minuman jus, jus botol, sari buah
  fresh=segar, no sugar=tanpa gula, vitamin C=vitamin C
can | Food & Drink > Drinks > Canned drinks | flavour | volume
  soda can, sparkling drink, soft drink
  minuman kaleng, minuman soda, soda kaleng
  cold=dingin, zero=zero, energy=energi
pouch | Food & Drink > Snacks > Chips | flavour | weight
  chips, crisps, potato snack
  keripik, kripik kentang, snack
  crunchy=renyah, spicy=pedas, halal=halal
carton | Food & Drink > Snacks > Biscuits | flavour | weight
  biscuits, cookies, crackers
  biskuit, kue kering, kukis
  butter=mentega, family pack=paket keluarga, halal=halal
jar | Food & Drink > Pantry > Spreads | flavour | weight
  jam, spread, bread spread
  selai, selai roti, olesan roti
  homemade=buatan rumah, low sugar=rendah gula, glass jar=toples kaca
pump | Health & Beauty > Hair care > Shampoo | scent | volume
  shampoo, hair shampoo, shampoo bottle
  sampo, shampo rambut, sampo botol
  anti dandruff=anti ketombe, smooth=lembut, herbal=herbal
tube | Health & Beauty > Skin care > Creams | scent | weight
  hand cream, face cream, body lotion tube
  krim tangan, krim wajah, pelembab
  whitening=pencerah, moisturising=melembabkan, SPF 30=SPF 30
perfume | Health & Beauty > Fragrance > Perfume | scent | scent bottle
  perfume, eau de parfum, body mist
  parfum, minyak wangi, parfum badan
  women=wanita, men=pria, long lasting=tahan lama
lipstick | Health & Beauty > Make-up > Lipstick | colour | pieces
  lipstick, lip colour, matte lipstick
  lipstik, pewarna bibir, lipstik matte
  matte=matte, waterproof=tahan air, glossy=mengkilap
tshirt | Fashion > Clothing > T-shirts | colour | clothes
  t-shirt, tee, short sleeve shirt
  kaos, baju kaos, kaos oblong
  cotton=katun, unisex=pria wanita, oversize=oversize
dress | Fashion > Clothing > Dresses | colour | clothes
  dress, midi dress, summer dress
  gaun, dres wanita, baju terusan
  women=wanita, casual=santai, party=pesta
sneaker | Fashion > Shoes > Sneakers | colour | shoes
  sneakers, running shoes, sport shoes
  sepatu sneakers, sepatu lari, sepatu olahraga
  lightweight=ringan, men=pria, casual=santai
sandal | Fashion > Shoes > Sandals | colour | shoes
  sandals, flip flops, slippers
  sandal, sandal jepit, selop
  women=wanita, anti slip=anti licin, beach=pantai
tote | Fashion > Bags > Tote bags | colour | length
  tote bag, shopping bag, shoulder bag
  tas tote, tas belanja, tas bahu
  canvas=kanvas, women=wanita, zipper=resleting
backpack | Fashion > Bags > Backpacks | colour | length
  backpack, school bag, laptop bag
  ransel, tas sekolah, tas punggung
  waterproof=anti air, kids=anak, travel=travel
watch | Fashion > Accessories > Watches | colour | pieces
  watch, wrist watch, analog watch
  jam tangan, arloji, jam analog
  men=pria, women=wanita, leather strap=tali kulit
cap | Fashion > Accessories > Hats | colour | pieces
  cap, baseball cap, hat
  topi, topi baseball, topi pet
  adjustable=bisa diatur, unisex=pria wanita, embroidered=bordir
phone | Electronics > Phones > Phone cases | colour | phone
  phone case, phone cover, soft case
  casing hp, sarung hp, softcase
  shockproof=anti shock, slim=tipis, cute=lucu
headphones | Electronics > Audio > Headphones | colour | pieces
  headphones, headset, over ear headphone
  headphone, headset, earphone bando
  wireless=nirkabel, bass=bass, mic=mik
speaker | Electronics > Audio > Speakers | colour | pieces
  speaker, portable speaker, mini speaker
  speaker, pengeras suara, speaker mini
  wireless=nirkabel, bass=bass, waterproof=anti air
powerbank | Electronics > Power > Power banks | colour | power
  power bank, portable charger, battery pack
  powerbank, pengisi daya, baterai cadangan
  fast charging=cepat, slim=tipis, dual usb=2 usb
mug | Home & Living > Kitchen > Mugs | colour | pieces
  mug, coffee mug, ceramic cup
  mug, gelas kopi, cangkir keramik
  ceramic=keramik, gift=kado, microwave safe=tahan panas
pan | Home & Living > Kitchen > Pans | colour | length
  frying pan, skillet, non stick pan
  wajan, penggorengan, teflon
  non stick=anti lengket, induction=induksi, granite=granit
lamp | Home & Living > Lighting > Table lamps | colour | length
  table lamp, desk lamp, night light
  lampu meja, lampu tidur, lampu belajar
  LED=LED, dimmable=bisa redup, wood=kayu
cushion | Home & Living > Furnishing > Cushions | colour | length
  cushion, throw pillow, cushion cover
  bantal sofa, bantal kursi, sarung bantal
  soft=empuk, washable=bisa dicuci, velvet=beludru
car | Toys & Hobby > Toys > Toy cars | colour | pieces
  toy car, die cast car, race car toy
  mobil mainan, mobil-mobilan, mainan balap
  kids=anak, metal=besi, pull back=tarik
bear | Toys & Hobby > Toys > Soft toys | colour | length
  teddy bear, plush toy, stuffed bear
  boneka beruang, boneka, teddy
  soft=lembut, gift=kado, baby=bayi
ball | Toys & Hobby > Sports > Balls | colour | pieces
  ball, kids ball, play ball
  bola, bola anak, bola main
  rubber=karet, outdoor=luar ruangan, kids=anak
notebook | Toys & Hobby > Stationery > Notebooks | colour | pages
  notebook, journal, diary
  buku tulis, jurnal, buku catatan
  hard cover=sampul keras, lined=bergaris, ring binder=ring
""")
