"""The words of the drawn marketplace beside its products: colours, brands, quantities, shops, promotion."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Colour:
    """A colour that paints a product: red, green, blue in 0..255, and its words as (English, Indonesian)."""

    rgb: tuple[int, int, int]
    colour: tuple[str, str]
    flavour: tuple[str, str]
    scent: tuple[str, str]


COLOURS = (
    Colour((44, 44, 50), ("black", "hitam"), ("coffee", "kopi"), ("charcoal", "arang")),
    Colour((238, 238, 234), ("white", "putih"), ("original", "original"), ("milk", "susu")),
    Colour((204, 44, 48), ("red", "merah"), ("strawberry", "stroberi"), ("rose", "mawar")),
    Colour((124, 28, 48), ("maroon", "marun"), ("cherry", "ceri"), ("cherry blossom", "sakura")),
    Colour((240, 134, 44), ("orange", "oranye"), ("orange", "jeruk"), ("citrus", "jeruk")),
    Colour((247, 208, 64), ("yellow", "kuning"), ("mango", "mangga"), ("lemon", "lemon")),
    Colour((62, 146, 80), ("green", "hijau"), ("green tea", "teh hijau"), ("aloe vera", "lidah buaya")),
    Colour((70, 188, 174), ("turquoise", "toska"), ("mint", "mint"), ("sea breeze", "angin laut")),
    Colour((120, 186, 232), ("sky blue", "biru muda"), ("coconut", "kelapa"), ("cotton", "katun")),
    Colour((48, 96, 196), ("blue", "biru"), ("blueberry", "bluberi"), ("ocean", "samudra")),
    Colour((30, 44, 98), ("navy", "biru dongker"), ("blackcurrant", "kismis"), ("night", "malam")),
    Colour((126, 76, 168), ("purple", "ungu"), ("grape", "anggur"), ("lavender", "lavender")),
    Colour((240, 152, 184), ("pink", "merah muda"), ("lychee", "leci"), ("sweet pea", "bunga manis")),
    Colour((126, 82, 52), ("brown", "coklat"), ("chocolate", "cokelat"), ("cocoa", "kakao")),
    Colour((230, 212, 178), ("cream", "krem"), ("vanilla", "vanila"), ("honey", "madu")),
    Colour((146, 150, 156), ("grey", "abu"), ("sesame", "wijen"), ("musk", "kesturi")),
)

ABBREVIATIONS = {
    "black": "blk", "hitam": "htm", "white": "wht", "putih": "pth", "original": "ori", "red": "rd", "merah": "mrh",
    "green": "grn", "hijau": "hju", "strawberry": "strwbry", "coklat": "cklt", "women": "wmn", "wanita": "wnt",
    "shampoo": "shmp", "bottle": "btl", "botol": "btl", "sepatu": "spt", "baju": "bj", "wireless": "wrls",
    "lightweight": "lite", "dengan": "dgn", "anak": "ank", "medium": "med",
}  # fmt: skip

QUANTITIES = {
    "volume": ("100 ml", "250 ml", "330 ml", "500 ml", "600 ml", "1 l", "2 l"),
    "scent bottle": ("10 ml", "20 ml", "35 ml", "50 ml", "100 ml"),
    "weight": ("50 g", "100 g", "200 g", "250 g", "500 g", "1 kg"),
    "pieces": ("1 pcs", "2 pcs", "3 pcs", "5 pcs", "6 pcs", "10 pcs", "12 pcs"),
    "clothes": ("size S", "size M", "size L", "size XL", "size XXL"),
    "shoes": ("size 36", "size 38", "size 40", "size 42", "size 43"),
    "power": ("5000 mah", "10000 mah", "20000 mah", "30000 mah"),
    "length": ("20 cm", "24 cm", "28 cm", "30 cm", "40 cm", "45 cm"),
    "phone": ("for A12", "for A31", "for A52", "for S20", "for Note 9", "for Note 10"),
    "pages": ("50 sheets", "80 sheets", "100 sheets", "200 sheets"),
}

PROMOTIONS = (
    ("PROMO", "PROMO"), ("SALE", "DISKON"), ("READY STOCK", "READY"), ("BEST SELLER", "TERLARIS"),
    ("100% ORIGINAL", "ORI 100%"), ("FREE GIFT", "FREE HADIAH"), ("NEW ARRIVAL", "BARU"), ("CHEAPEST", "TERMURAH"),
    ("LIMITED", "STOK TERBATAS"), ("CASH ON DELIVERY", "BISA COD"), ("FREE SHIPPING", "GRATIS ONGKIR"),
    ("WHOLESALE", "GROSIR"), ("TOP QUALITY", "KUALITAS TERBAIK"), ("FLASH SALE", "CUCI GUDANG"),
)  # fmt: skip
EMOJI = ("🔥", "❤️", "✨", "⭐", "✅", "🎁", "🌸", "™", "–")

# A word takes one of each tuple; see article.py.
BRAND_SYLLABLES = (
    ("ka", "lu", "ve", "so", "mi", "ta", "no", "ze", "ri", "bo"),
    ("ra", "mo", "ni", "la", "vo", "tu", "xa"),
    ("", "n", "ra", "ko", "s"),
)
SERIES_SYLLABLES = (
    ("au", "bri", "cel", "do", "fle", "glo", "hy", "jo", "kin", "lum", "mar", "ner", "or", "pul", "qui", "ros"),
    ("ra", "vi", "do", "sta", "ly", "na", "x", "mi"),
    ("", "on", "a", "is", "o"),
)

SHOPS = ("TokoMaju", "Berkah Jaya", "SinarShop", "Happy Mart", "RumahKita", "Star Store", "Murah Abis", "Oke Grosir",
         "Bintang", "CityMall", "Serba Ada", "LuckyBuy", "Anugerah", "Prima", "QuickShop", "Sahabat")  # fmt: skip
