# Tout ce que pro-server dit aux personnes, en français. Les mêmes messages que ../en/main.ftl.

about = Le serveur Isoloir de l’organisation : annuaire, enrôlement, signalisation, politique et audit. Les messages n’y passent jamais.
about-serve = Faire tourner le serveur jusqu’à SIGTERM.
about-health = Dire si le serveur du dossier de données est en service : code de sortie 0 si oui. Pour les moteurs de conteneurs et la supervision.
about-sync = Lire l’annuaire maintenant et appliquer les changements.
about-people = Les personnes de l’annuaire.
about-people-list = Lister tout le monde.
about-people-import = Ajouter et modifier les personnes d’un fichier CSV (login,name,mail). Qui n’y est pas reste.
about-people-suspend = Suspendre une personne : ses appareils sont révoqués et leurs sessions fermées aussitôt.
about-people-resume = Lever une suspension ; la personne s’enrôle de nouveau.
about-device = Les appareils des personnes.
about-device-list = Lister tous les appareils, ou ceux d’une personne.
about-device-revoke = Révoquer un appareil et fermer ses sessions aussitôt.
about-code = Les codes d’enrôlement à usage unique.
about-code-create = Créer un lien avec un code à usage unique pour une personne, et son code QR.
about-policy = La politique de l’organisation.
about-policy-show = Montrer la politique en vigueur.
about-policy-set = Publier une nouvelle version de la politique avec ces réglages changés.
about-audit = Le journal d’audit des événements d’administration.
about-audit-list = Lister les événements.
about-audit-export = Écrire le journal, avec de quoi le vérifier, en lignes JSON dans un fichier.
about-audit-verify = Vérifier le journal du serveur ou, sans serveur, un fichier exporté.

arg-config = Fichier de configuration (TOML)
arg-data = Dossier de données
arg-json = Écrire un objet JSON par ligne
arg-version = Afficher la version
arg-help = Afficher cette aide
arg-listen = Adresse du port public ; l’emporte sur la configuration
arg-plan = Montrer seulement ce qui changerait
arg-login = Identifiant de connexion de la personne
arg-device = Identifiant de l’appareil, 32 chiffres hexadécimaux
arg-csv = Fichier CSV ; « - » lit l’entrée standard
arg-changes = Des réglages comme file.send=false
arg-export = Fichier à écrire ; ne doit pas exister
arg-verify = Fichier exporté à vérifier ; à défaut, le journal du serveur en marche

heading-usage = Utilisation :
heading-commands = Commandes
heading-command = COMMANDE
heading-options = Réglages

usage-unknown-argument = « { $what } » n’est pas une option ici.
usage-unknown-command = « { $what } » n’est pas une commande.
usage-missing = Il manque : { $what }
usage-invalid-value = La valeur de { $what } n’est pas valable.
usage-wrong = Cette ligne de commande n’est pas valable. { $what }
usage-help = Davantage avec --help.

config-refused = La configuration a des défauts :
config-unknown = { $key } : clé inconnue. Retirez-la ou corrigez son orthographe.
config-unknown-nearest = { $key } : clé inconnue. Vouliez-vous dire « { $nearest } » ?
config-missing = { $key } : doit être renseigné.
config-wrong = { $key } : doit être { $expected }.
config-unreadable = { $key } : le fichier ne peut pas être lu ({ $reason }). Corrigez le chemin ou ses droits.
config-syntax = { $key } : la ligne { $line } n’est pas du TOML valable.
config-needs = { $key } : demande aussi { $other }. Renseignez les deux ou aucun.
expected-text = un texte entre guillemets, non vide
expected-boolean = true ou false
expected-integer = un nombre entier de { $min } à { $max }
expected-socket-address = une adresse comme 0.0.0.0:8443
expected-https-url = une URL comme https://chat.example:8443, sans rien après le port
expected-ldap-url = une URL comme ldaps://directory.example:636
expected-ldap-filter = un filtre LDAP comme (objectClass=inetOrgPerson)
expected-attribute-name = le nom d’un attribut LDAP comme uid
expected-table = une section comme [http]

serve-ready = En service à { $url }. Organisation { $fingerprint }.
serve-stopping = Arrêt en cours.
serve-taken = Un autre serveur tourne déjà sur le dossier de données { $folder }. Arrêtez-le, ou choisissez un autre dossier avec --data.
serve-folder = Le dossier de données { $folder } est inutilisable : { $reason }.
serve-listen = L’adresse { $address } est inutilisable : { $reason }. Choisissez-en une autre avec --listen ou [http] listen.
serve-broken = Le serveur ne peut pas continuer ; son journal dit pourquoi.
serve-failed = Le serveur ne peut pas démarrer : { $reason }

admin-not-running = Aucun serveur ne tourne sur le dossier de données { $folder }. Démarrez-le avec « pro-server serve », ou indiquez son dossier avec --data.
admin-denied = Le socket d’administration de { $folder } est réservé à l’utilisateur du serveur et à root.
admin-lost = Le serveur a disparu avant d’avoir répondu complètement.
admin-file = Le fichier { $file } est inutilisable : { $reason }.

refused-no-such-person = Il n’y a pas de telle personne. « people list » montre tout le monde.
refused-no-such-device = Il n’y a pas de tel appareil. « device list » les montre tous.
refused-no-directory = Aucun annuaire externe n’est configuré ([directory.ldap]) ; il n’y a rien à synchroniser.
refused-brake = Rien n’a été changé, le frein retient : { $detail }
refused-brake-empty = Rien n’a été changé, le frein retient : { $detail }
refused-already-suspended = Cette personne est déjà suspendue.
refused-not-suspended-by-hand = Cette personne n’a pas été suspendue à la main. Qui a quitté l’annuaire revient par l’annuaire.
refused-already-revoked = Cet appareil est déjà révoqué.
refused-stale = Autre chose a été changé au même moment. Regardez de nouveau et recommencez.
refused-suspended = Cette personne est suspendue. Levez d’abord la suspension.
refused-login = Ce n’est pas un identifiant de connexion : il a des caractères qu’aucun n’a.
refused-csv = Rien n’a été importé : { $detail }
refused-policy = Rien n’a été publié : { $detail }
refused-database = La base de données ne répond pas. Rien n’a été changé ; réessayez.
refused-disk-full = Le disque est plein. Rien n’a été changé ; libérez de la place.
refused-ldap-unreachable = L’annuaire est injoignable. Vérifiez l’hôte et le port de directory.ldap.url, et le réseau entre les deux.
refused-ldap-timeout = L’annuaire n’a pas répondu à temps. Vérifiez sa charge et le réseau entre les deux.
refused-ldap-certificate = Le certificat de l’annuaire n’est pas reconnu. Mettez dans directory.ldap.ca_file les racines qui l’ont signé, et employez le nom d’hôte pour lequel il est fait.
refused-ldap-ca-file = directory.ldap.ca_file n’a pas de certificat utilisable ; il doit être en PEM.
refused-ldap-start-tls = L’annuaire refuse StartTLS. Employez ldaps://, ou activez StartTLS dans l’annuaire.
refused-ldap-service-account = L’annuaire refuse le compte de service. Vérifiez bind_dn et bind_password_file.
refused-ldap-base = L’annuaire n’a pas d’entrée base_dn. Vérifiez son orthographe et ce que le compte de service peut lire.
refused-ldap-filter = L’annuaire n’accepte pas le filtre. Vérifiez ses parenthèses et les noms d’attributs.
refused-ldap-size-limit = L’annuaire s’arrête avant la fin de la liste. Accordez au compte de service des résultats paginés sans limite.
refused-ldap-too-many = L’annuaire montre trop de personnes. Restreignez base_dn ou filter.
refused-ldap-disconnected = La connexion à l’annuaire s’est rompue. Réessayez.
refused-ldap-refused = L’annuaire refuse : { $detail }
refused-internal = Le serveur a échoué ; son journal en dit plus.
refused-malformed = Le serveur n’a pas compris la demande. Est-il de la même version ?
refused-broken = Le journal NE se vérifie PAS, il a été abîmé ou modifié : { $detail }

row-person = { $login }  { $name }  { $state ->
    [provisioned] non enrôlé
    [suspended] a quitté l’annuaire
    [locked] suspendu
   *[active] actif
}
row-device = { $device }  { $login }  { $state ->
    [revoked] révoqué
   *[active] actif
}
row-change = { $change ->
    [add] + { $login }
    [suspend] - { $login } (suspension)
    [resume] + { $login } (reprise)
   *[update] ~ { $login }
}
row-skipped = ! entrée { $place } laissée de côté : { $reason } { $login }
row-run = { $state ->
    [planned] Il y aurait : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises, { $skipped } laissés de côté.
   *[applied] Fait : { $added } ajouts, { $updated } mises à jour, { $suspended } suspensions, { $resumed } reprises, { $skipped } laissés de côté.
}
row-code = Lien pour { $login }, à usage unique, jusqu’au { $expires } :
row-policy = Politique, version { $version }
row-verified = Vérifié : { $entries } entrées, racine { $root }.
row-exported = { $lines } lignes écrites dans { $file }.
row-serving = En service.
row-done = Fait.
