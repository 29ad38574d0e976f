package main

// The lists the invented people are drawn from: names that are common in
// France today, wherever they come from.

var womensNames = []string{
	"Adèle", "Aïcha", "Aline", "Amandine", "Aminata", "Anouk", "Apolline", "Assia", "Aurore", "Bérengère", "Camille", "Célestine",
	"Chloé", "Clémence", "Coralie", "Djamila", "Élodie", "Émeline", "Esther", "Fanny", "Farida", "Fatou", "Flore", "Gaëlle",
	"Ginette", "Hanna", "Hélène", "Hoa", "Ilona", "Imane", "Ioana", "Jeanne", "Joséphine", "Kadiatou", "Karima", "Katell",
	"Laure", "Leïla", "Linh", "Lucie", "Magali", "Maïté", "Mariam", "Marguerite", "Mei", "Nawel", "Nolwenn", "Noémie",
	"Ottavia", "Perrine", "Rania", "Rosalie", "Salomé", "Séverine", "Sibylle", "Tatiana", "Thi Mai", "Violette", "Yaël", "Zofia",
}

var mensNames = []string{
	"Abdel", "Achille", "Adrien", "Alassane", "Amaury", "Anatole", "Antonin", "Arthur", "Aurélien", "Bakary", "Baptiste", "Basile",
	"Cédric", "Cheikh", "Clément", "Côme", "Cyprien", "Damien", "Diego", "Dimitri", "Elias", "Émile", "Enzo", "Étienne",
	"Fabrice", "Farid", "Florent", "François", "Gaël", "Grégoire", "Guillaume", "Habib", "Idriss", "Ismaël", "Jérémie", "João",
	"Joachim", "Karim", "Léonard", "Loïc", "Lucas", "Mamadou", "Marcel", "Matteo", "Mehdi", "Minh", "Nathan", "Octave",
	"Olivier", "Ousmane", "Pierrick", "Quentin", "Rémi", "Sacha", "Sylvain", "Tanguy", "Tomasz", "Victor", "Yann", "Zinedine",
}

var familyNames = []string{
	"Abadie", "Achard", "Aït-Ouali", "Alibert", "Ansel", "Arnoux", "Aubagnac", "Azoulay", "Bacquet", "Bamba", "Barreyre", "Bazin",
	"Belkacem", "Benyamina", "Berthollier", "Bianchi", "Blanchet", "Boisset", "Bonnardel", "Bouchenak", "Bozonnet", "Brunier", "Cachard", "Camara",
	"Cardoso", "Carlin", "Cazeneuve", "Chabanon", "Champavier", "Charvet", "Chevassus", "Cisse", "Clavel", "Cochet", "Combalot", "Constant",
	"Costerg", "Coulibaly", "Crozat", "Da Silva", "Dabrowski", "Darbon", "Delorme", "Demir", "Desgranges", "Diallo", "Didier", "Donzel",
	"Duchamp", "Durieu", "Elmaleh", "Escoffier", "Estève", "Fauchet", "Faure", "Favier", "Ferrero", "Fontanel", "Fraisse", "Gachet",
	"Galland", "Garnier", "Gauduel", "Genevois", "Ghazi", "Girodet", "Gonzalvez", "Grangier", "Grosjean", "Guichard", "Haddad", "Hamidou",
	"Hoang", "Imbert", "Issartel", "Jacquemet", "Jallade", "Jouve", "Kaya", "Keïta", "Kowalczyk", "Labrosse", "Lacour", "Lambiel",
	"Laporte", "Le Bihan", "Lefèvre", "Lombard", "Magnin", "Mahé", "Mansour", "Marcellin", "Marquis", "Mazoyer", "Mercier", "Meziane",
	"Michallet", "Mollard", "Monin", "Morvan", "Moulin", "Nguyen", "Novák", "Nury", "Ollier", "Ouedraogo", "Paccard", "Pagès",
	"Pellissier", "Pereira", "Perrichon", "Pham", "Pinède", "Poncet", "Popescu", "Pourchier", "Prudhomme", "Quinson", "Rabehi", "Ravier",
	"Reynaud", "Ribeiro", "Rivoire", "Rochas", "Rosset", "Roudil", "Sabatier", "Sambou", "Sarkissian", "Savoyat", "Seguin", "Serradj",
	"Silvestre", "Sow", "Suchet", "Szabó", "Tavernier", "Thévenet", "Tissot", "Touré", "Tranchant", "Trébuchet", "Uzel", "Vallier",
	"Vasseur", "Verney", "Vialatte", "Vincendon", "Vuillermoz", "Wójcik", "Yıldız", "Zaoui", "Zeller", "Zimmer",
}

// trade is what the people of one unit do.
type trade struct {
	unit   string
	share  int  // people drawn a round
	field  bool // works outside: no office, certified, on call
	titles []title
	sites  []string // where, if not at the unit's own site
	knows  []string
}

// title is a job title as a woman and as a man bears it.
type title struct{ she, he string }

var trades = []trade{
	{"EXP-NORD-INT", 13, true, []title{{"Technicienne d’intervention", "Technicien d’intervention"}, {"Monteuse réseau", "Monteur réseau"}, {"Agente d’exploitation", "Agent d’exploitation"}},
		[]string{"BA-0001", "BA-0001", "DE-0002"}, []string{"recherche de défauts", "accessoires de câble", "lignes aériennes", "portails", "groupes de secours", "manœuvres locales"}},
	{"EXP-EST-INT", 11, true, []title{{"Technicienne d’intervention", "Technicien d’intervention"}, {"Monteuse réseau", "Monteur réseau"}, {"Nivologue", "Nivologue"}},
		[]string{"BA-0002", "DE-0004", "AT-0001"}, []string{"accès hivernaux", "chenillettes", "héliportage", "lignes aériennes", "avalanches"}},
	{"EXP-SUD-INT", 11, true, []title{{"Technicienne d’intervention", "Technicien d’intervention"}, {"Monteuse réseau", "Monteur réseau"}, {"Chargée d’élagage", "Chargé d’élagage"}},
		[]string{"BA-0003", "DE-0003", "DE-0005"}, []string{"élagage", "mistral", "câbles souterrains", "groupes de secours"}},
	{"EXP-NORD", 6, false, []title{{"Chargée d’exploitation", "Chargé d’exploitation"}, {"Préparatrice de travaux", "Préparateur de travaux"}}, nil, []string{"programmation des coupures", "consignations", "schémas du nord"}},
	{"EXP-EST", 5, false, []title{{"Chargée d’exploitation", "Chargé d’exploitation"}, {"Préparatrice de travaux", "Préparateur de travaux"}}, nil, []string{"programmation des coupures", "chantiers d’été", "stations de ski"}},
	{"EXP-SUD", 5, false, []title{{"Chargée d’exploitation", "Chargé d’exploitation"}, {"Préparatrice de travaux", "Préparateur de travaux"}}, nil, []string{"programmation des coupures", "marchés d’élagage"}},
	{"EXP-COND", 14, false, []title{{"Cheffe de quart", "Chef de quart"}, {"Opératrice de conduite", "Opérateur de conduite"}}, nil, []string{"schéma normal", "délestage", "téléconduite", "relève de quart"}},
	{"EXP-HYD", 9, true, []title{{"Exploitante d’usine", "Exploitant d’usine"}, {"Mécanicienne hydraulique", "Mécanicien hydraulique"}},
		[]string{"HY-0001", "HY-0002", "HY-0003", "HY-0004"}, []string{"turbines", "vannes", "débits réservés", "passes à poissons"}},
	{"RES", 4, false, []title{{"Chargée de programme", "Chargé de programme"}, {"Cartographe", "Cartographe"}}, nil, []string{"cartographie", "plan de renouvellement"}},
	{"RES-POS", 12, false, []title{{"Ingénieure postes", "Ingénieur postes"}, {"Dessinatrice-projeteuse", "Dessinateur-projeteur"}, {"Chargée de mise en service", "Chargé de mise en service"}}, nil, []string{"protections", "schémas unifilaires", "transformateurs", "génie civil"}},
	{"RES-RAC", 9, false, []title{{"Chargée de raccordement", "Chargé de raccordement"}, {"Technicienne d’études", "Technicien d’études"}}, []string{"AG-0004", "AG-0003", "AG-0002"}, []string{"devis", "autoconsommation", "permis de construire"}},
	{"CLI", 4, false, []title{{"Interlocutrice des communes", "Interlocuteur des communes"}}, nil, []string{"conventions", "élus", "redevances"}},
	{"CLI-AGE", 18, false, []title{{"Conseillère d’agence", "Conseiller d’agence"}, {"Chargée d’accueil", "Chargé d’accueil"}}, []string{"AG-0001", "AG-0002", "AG-0003", "AG-0004", "AG-0005", "AG-0006", "AG-0007"}, []string{"factures", "chèque énergie", "langue des signes", "déménagements"}},
	{"CLI-MOB", 7, false, []title{{"Cheffe de projet mobilités", "Chef de projet mobilités"}, {"Technicienne bornes", "Technicien bornes"}}, nil, []string{"bornes", "itinérance", "vélos", "flotte"}},
	{"NUM", 3, false, []title{{"Architecte", "Architecte"}}, nil, []string{"architecture", "sobriété numérique"}},
	{"NUM-APP", 13, false, []title{{"Développeuse", "Développeur"}, {"Administratrice d’applications", "Administrateur d’applications"}, {"Support aux utilisateurs", "Support aux utilisateurs"}}, nil, []string{"Go", "PostgreSQL", "accessibilité", "messagerie", "comptes et droits"}},
	{"NUM-DON", 5, false, []title{{"Ingénieure données", "Ingénieur données"}, {"Géomaticienne", "Géomaticien"}}, nil, []string{"SIG", "qualité des adresses", "codes communes", "tableurs"}},
	{"NUM-TEL", 8, true, []title{{"Technicienne télécoms", "Technicien télécoms"}, {"Analyste cybersécurité", "Analyste cybersécurité"}},
		[]string{"CO-0002", "RE-0001", "RE-0002"}, []string{"fibre", "radio", "pare-feux", "hameçonnage"}},
	{"SG", 4, false, []title{{"Juriste", "Juriste"}, {"Contrôleuse de gestion", "Contrôleur de gestion"}, {"Assistante", "Assistant"}}, nil, []string{"marchés publics", "baux", "assurances"}},
	{"SG-RH", 7, false, []title{{"Conseillère carrière", "Conseiller carrière"}, {"Gestionnaire paie", "Gestionnaire paie"}, {"Formatrice réseau", "Formateur réseau"}}, []string{"BU-0001", "BU-0001", "AT-0002"}, []string{"congés", "apprentissage", "logement", "habilitations"}},
	{"SG-ACH", 6, false, []title{{"Acheteuse", "Acheteur"}, {"Gestionnaire de flotte", "Gestionnaire de flotte"}}, nil, []string{"fournisseurs", "pneus neige", "contrats"}},
	{"SG-ACH-MAG", 8, true, []title{{"Magasinière", "Magasinier"}, {"Conductrice livreuse", "Conducteur livreur"}}, []string{"DE-0001", "DE-0001", "DE-0002"}, []string{"stocks", "outillage", "retours"}},
	{"SG-SEC", 5, false, []title{{"Préventrice", "Préventeur"}, {"Infirmière du travail", "Infirmier du travail"}, {"Chargée d’environnement", "Chargé d’environnement"}}, nil, []string{"gestes et postures", "déchets", "SF6", "premiers secours"}},
}

var languages = []string{
	"anglais", "arabe", "espagnol", "italien", "allemand", "portugais", "polonais", "turc", "vietnamien", "kabyle", "wolof", "roumain", "francoprovençal", "occitan",
}

var presences = []string{
	"Sur site tous les jours", "À distance le vendredi", "À distance mercredi et vendredi", "Mi-temps, le matin", "Quatre jours, mercredi libre",
	"Sur site lundi, mardi, jeudi", "En tournée le jeudi",
}

// onCall are the rotas of the units whose people are called at night.
var onCall = map[string][]string{
	"EXP-NORD-INT": {"Astreinte Nord, semaine paire", "Astreinte Nord, semaine impaire", ""},
	"EXP-EST-INT":  {"Astreinte Est, semaine paire", "Astreinte Est, semaine impaire", ""},
	"EXP-SUD-INT":  {"Astreinte Sud, semaine paire", "Astreinte Sud, semaine impaire", ""},
	"EXP-HYD":      {"Astreinte hydraulique, semaine paire", "Astreinte hydraulique, semaine impaire", ""},
	"NUM-TEL":      {"Astreinte télécoms, semaine paire", "Astreinte télécoms, semaine impaire"},
	"SG-ACH-MAG":   {"", "", "Permanence du magasin, samedi"},
}
