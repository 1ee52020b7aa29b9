//! Words that say little about who somebody is: titles, particles, legal forms, words of trade.
//!
//! The lists are short on purpose: each word here is one that many names share.

/// Titles and ranks before or after the name of a person.
#[rustfmt::skip]
pub const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "lord", "lady", "monsieur",
    "madame", "mme", "herr", "frau", "senor", "senora", "don", "dona", "president", "prasident",
    "presidente", "general", "gen", "colonel", "col", "major", "captain", "capt", "brigadier",
    "lieutenant", "lt", "sergeant", "commander", "admiral", "marshal", "minister", "chief",
    "haji", "hajji", "hadji", "haj", "hajj", "sheikh", "shaykh", "shaikh", "sheik",
    "cheikh", "shekh", "mullah", "mulla", "maulana", "mawlana", "maulawi", "mawlawi", "maulavi",
    "maulvi", "molvi", "qari", "hafiz", "ustad", "ustadh", "ustaz", "imam", "ayatollah", "sayyid",
    "sayyed", "sayed", "syed", "sayyad", "seyed", "seyyed", "alhaji", "comrade",
    "jr", "sr", "junior", "senior", "phd", "md", "esq", "eng", "engr", "ing", "hon", "rev",
    "father", "pastor", "bishop", "prince", "princess", "king", "queen", "emir",
];

/// Small words inside the names of people, with the form that stands for their spellings.
#[rustfmt::skip]
pub const PARTICLES: &[(&str, &str)] = &[
    ("al", "al"), ("el", "al"), ("ul", "al"), ("bin", "bin"), ("ben", "bin"), ("ibn", "bin"),
    ("bint", "bin"), ("binti", "bin"), ("ould", "bin"), ("uld", "bin"), ("wuld", "bin"),
    ("de", "de"), ("da", "de"), ("do", "de"), ("dos", "de"), ("das", "de"), ("del", "de"),
    ("della", "de"), ("di", "de"), ("du", "de"), ("des", "de"), ("d", "de"), ("la", "la"),
    ("le", "la"), ("las", "la"), ("los", "la"), ("les", "la"), ("van", "van"), ("von", "van"),
    ("vom", "van"), ("der", "van"), ("den", "van"), ("ter", "van"), ("ten", "van"),
    ("zu", "van"), ("y", "y"), ("e", "y"), ("and", "y"), ("of", "of"), ("the", "of"), ("na", "na"),
];

/// The Arabic article as it is spoken before some letters. Elsewhere these are names, Korean ones
/// above all, so they are the article only between two other words.
pub const ARTICLES: &[&str] = &[
    "ad", "an", "ar", "as", "ash", "at", "az", "ed", "er", "es", "ud", "ur", "us", "uz",
];

/// The beginnings of names such as Abdul Rahman, of which the next word is a part.
pub const SERVANT: &[&str] = &[
    "abd", "abdul", "abdel", "abdal", "abdol", "abdoul", "abdil", "abdur", "abdus", "abdun",
];

/// Names that so many people bear that they tell little.
#[rustfmt::skip]
pub const COMMON_NAMES: &[&str] = &[
    "mohammed", "mohammad", "mohamed", "mohamad", "muhammad", "muhammed", "muhamad", "mahamad",
    "mahammad", "mohamud", "mhmd", "mohd", "md", "ahmed", "ahmad", "ali", "abu", "abou", "umm",
    "abdallah", "hassan", "hasan", "hussein", "husayn", "hussain", "husain", "hossein", "khan",
    "ibrahim", "omar", "umar", "mahmoud", "mahmud", "jose", "maria", "juan", "kim", "lee", "wang",
    "li", "zhang", "singh", "kumar", "john", "vladimir", "aleksandr", "sergey",
    "sergei", "vladimirovich", "aleksandrovich", "nikolaevich", "sergeevich", "ivanovich",
    "vladimirovna", "aleksandrovna", "mustafa", "yusuf", "khalid", "said", "saeed", "salim",
    "saleh", "salih", "abdrahman",
];

/// Legal forms and what stands for them, by words. A form of several words is found as a row.
#[rustfmt::skip]
pub const LEGAL_FORMS: &[(&str, &str)] = &[
    ("limited liability company", "llc"), ("obshchestvo s ogranichennoi otvetstvennostyu", "llc"),
    ("obshchestvo s ogranichennoy otvetstvennostyu", "llc"),
    ("societatea cu raspundere limitata", "llc"),
    ("gesellschaft mit beschrankter haftung", "llc"), ("sociedad de responsabilidad limitada", "llc"),
    ("open joint stock company", "jsc"), ("public joint stock company", "jsc"),
    ("closed joint stock company", "jsc"), ("joint stock company", "jsc"),
    ("joint stock", "jsc"), ("aktsionernoe obshchestvo", "jsc"),
    ("aktsionernoye obshchestvo", "jsc"), ("otkrytoe aktsionernoe obshchestvo", "jsc"),
    ("publichnoe aktsionernoe obshchestvo", "jsc"),
    ("zakrytoe aktsionernoe obshchestvo", "jsc"), ("public limited company", "plc"),
    ("private limited company", "ltd"), ("private limited", "ltd"), ("pvt ltd", "ltd"),
    ("free zone company", "fz"), ("limited partnership", "lp"), ("sp z o o", "llc"),
    ("sp z oo", "llc"), ("sa de cv", "sa"), ("s de rl de cv", "llc"), ("sociedad anonima", "sa"),
    ("societe anonyme", "sa"), ("sdn bhd", "ltd"), ("pty ltd", "ltd"),
    ("ltd", "ltd"), ("limited", "ltd"), ("ltda", "ltd"), ("ltee", "ltd"), ("llc", "llc"),
    ("ooo", "llc"), ("gmbh", "llc"), ("srl", "llc"), ("sarl", "llc"), ("bv", "llc"),
    ("sl", "llc"), ("doo", "llc"), ("eood", "llc"), ("ood", "llc"), ("tov", "llc"),
    ("mbh", "llc"), ("kft", "llc"), ("spzoo", "llc"), ("zoo", "llc"), ("wll", "llc"),
    ("plc", "plc"), ("inc", "corp"), ("incorporated", "corp"), ("corp", "corp"),
    ("corporation", "corp"), ("co", "corp"), ("company", "corp"), ("cie", "corp"),
    ("compagnie", "corp"), ("compania", "corp"), ("kompaniya", "corp"), ("kompania", "corp"),
    ("jsc", "jsc"), ("ojsc", "jsc"), ("pjsc", "jsc"), ("cjsc", "jsc"), ("oao", "jsc"),
    ("pao", "jsc"), ("zao", "jsc"), ("ao", "jsc"), ("ag", "jsc"), ("aktiengesellschaft", "jsc"),
    ("sa", "jsc"), ("se", "jsc"), ("spa", "jsc"), ("nv", "jsc"), ("ab", "jsc"), ("asa", "jsc"),
    ("oyj", "jsc"), ("oy", "jsc"), ("as", "jsc"), ("ad", "jsc"), ("aps", "llc"), ("kk", "jsc"),
    ("kg", "lp"), ("lp", "lp"), ("llp", "lp"), ("pte", "ltd"), ("pvt", "ltd"), ("pty", "ltd"),
    ("bhd", "ltd"), ("sdn", "ltd"), ("fzco", "fz"), ("fze", "fz"), ("fz", "fz"), ("fzc", "fz"),
    ("est", "est"), ("establishment", "est"), ("sas", "jsc"), ("eirl", "llc"), ("cv", "jsc"),
];

/// Words that bind the words of a company's name.
pub const ENTITY_PARTICLES: &[&str] = &[
    "the", "of", "and", "for", "de", "la", "le", "les", "del", "el", "al", "y", "e", "und", "et",
    "des", "du", "der", "die", "das", "in", "on", "at", "to", "da", "do", "dos", "i", "s",
];

/// Words of trade that many companies share.
#[rustfmt::skip]
pub const TRADE: &[&str] = &[
    "international", "group", "holding", "holdings", "trading", "trade", "general", "global",
    "services", "service", "industries", "industry", "industrial", "enterprise", "enterprises",
    "solutions", "systems", "technology", "technologies", "tech", "development", "investment",
    "investments", "capital", "partners", "management", "marketing", "commercial", "business",
    "import", "export", "shipping", "maritime", "marine", "aviation", "airlines", "transport",
    "logistics", "engineering", "construction", "manufacturing", "production", "products",
    "bank", "banco", "finance", "financial", "exchange", "insurance", "fund", "foundation",
    "organization", "organisation", "association", "institute", "center", "centre", "agency",
    "office", "committee", "union", "society", "national", "state", "research", "factory",
    "plant", "petroleum", "oil", "gas", "energy", "electronics", "electronic", "equipment",
    "inversiones", "comercializadora", "comercial", "empresa", "grupo", "servicios", "sociedad",
    "constructora", "agropecuaria", "ganadera", "transportes", "trust", "series", "vessel", "mv",
    "world", "east", "west", "north", "south", "middle", "central", "real",
    "estate", "motors", "motor", "auto", "star", "new", "money",
];

/// Numbers as words, and what they count.
#[rustfmt::skip]
pub const NUMBER_WORDS: &[(&str, &str)] = &[
    ("first", "1"), ("1st", "1"), ("one", "1"), ("second", "2"), ("2nd", "2"), ("two", "2"),
    ("third", "3"), ("3rd", "3"), ("three", "3"), ("fourth", "4"), ("4th", "4"), ("four", "4"),
    ("fifth", "5"), ("5th", "5"), ("five", "5"), ("sixth", "6"), ("6th", "6"), ("six", "6"),
    ("seventh", "7"), ("7th", "7"), ("seven", "7"), ("eighth", "8"), ("8th", "8"), ("eight", "8"),
    ("ninth", "9"), ("9th", "9"), ("nine", "9"), ("tenth", "10"), ("10th", "10"), ("ten", "10"),
    ("ii", "2"), ("iii", "3"), ("iv", "4"), ("vi", "6"), ("vii", "7"), ("viii", "8"), ("ix", "9"),
    ("xi", "11"), ("xii", "12"), ("xiii", "13"), ("xiv", "14"), ("xv", "15"), ("xvi", "16"),
    ("xvii", "17"), ("xviii", "18"), ("xix", "19"), ("xx", "20"),
];

/// Words of a company's name in other spellings, and what stands for them.
#[rustfmt::skip]
pub const SPELLINGS: &[(&str, &str)] = &[
    ("intl", "international"), ("int", "international"), ("organisation", "organization"),
    ("centre", "center"), ("us", "unitedstates"), ("usa", "unitedstates"), ("uk", "unitedkingdom"),
    ("dept", "department"), ("govt", "government"), ("natl", "national"), ("bros", "brothers"),
    ("mfg", "manufacturing"), ("assn", "association"), ("zavod", "plant"), ("bankovskii", "bank"),
    ("assoc", "association"), ("tech", "technology"), ("univ", "university"),
    ("technologies", "technology"), ("holdings", "holding"), ("industries", "industry"),
    ("enterprises", "enterprise"), ("services", "service"), ("investments", "investment"),
];

/// Short forms of given names, and the names that they stand for.
#[rustfmt::skip]
pub const NICKNAMES: &[(&str, &str)] = &[
    ("bill", "william"), ("will", "william"), ("bob", "robert"), ("rob", "robert"),
    ("bobby", "robert"), ("dick", "richard"), ("rick", "richard"), ("ted", "theodore"),
    ("ted", "edward"), ("ed", "edward"), ("jim", "james"), ("jimmy", "james"), ("jack", "john"),
    ("johnny", "john"), ("joe", "joseph"), ("mike", "michael"), ("mick", "michael"),
    ("tom", "thomas"), ("tony", "anthony"), ("dave", "david"), ("dan", "daniel"),
    ("sam", "samuel"), ("ben", "benjamin"), ("bibi", "benjamin"), ("alex", "alexander"),
    ("sasha", "alexander"), ("sasha", "aleksandr"), ("volodya", "vladimir"), ("vova", "vladimir"),
    ("dima", "dmitry"), ("kolya", "nikolai"), ("misha", "mikhail"), ("seryozha", "sergei"),
    ("chris", "christopher"), ("steve", "stephen"), ("steve", "steven"), ("nick", "nicholas"),
    ("andy", "andrew"), ("matt", "matthew"), ("kate", "katherine"), ("liz", "elizabeth"),
    ("beth", "elizabeth"), ("meg", "margaret"), ("peggy", "margaret"), ("pepe", "jose"),
    ("paco", "francisco"), ("pancho", "francisco"), ("beto", "alberto"), ("memo", "guillermo"),
    ("chuy", "jesus"), ("nacho", "ignacio"), ("larry", "lawrence"), ("harry", "henry"),
    ("greg", "gregory"), ("jeff", "jeffrey"), ("fred", "frederick"), ("gus", "augustus"),
    ("tim", "timothy"), ("pat", "patrick"), ("ron", "ronald"), ("don", "donald"), ("ken", "kenneth"),
    ("zhenya", "yevgeny"), ("lyosha", "alexei"), ("vanya", "ivan"), ("petya", "petr"),
];
